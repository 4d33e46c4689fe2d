"""A chain of models over kills, restarts and several processes: counted once, known to all."""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.follower import Fate, Follower
from sandbox.model import ModelStandIn
from store.processes import Process
from tests.chaos.processes import TOKEN, ServerProcess, wait_until_it_listens
from tests.end_to_end.chains import Mute, chained, named, nobody
from tests.end_to_end.test_chain import called
from tests.running import Running

PATIENCE = 20.0  # seconds


@pytest.fixture
def well() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.always(text="好了。")
    model.start()
    yield model
    model.stop()


@pytest.fixture
def mute() -> Iterator[Mute]:
    service = Mute()
    yield service
    service.stop()


class Killed:
    """A server process with two models, the first of them mute."""

    def __init__(self, folder: Path, first: str, second: str, **both: Any) -> None:
        models = [
            {"name": name, "base_url": url, "api_keys": ["sk-one"], **both}
            for name, url in (("first", first), ("second", second))
        ]
        self.database = folder / "chaos.db"
        self.server = ServerProcess(folder, "server", 9, models=models)
        self.server.start()
        wait_until_it_listens(self.server.port)

    def kill(self) -> None:
        self.server.kill_and_start_again(signal.SIGKILL)
        wait_until_it_listens(self.server.port)

    def say(self, text: str, msg_id: str) -> Fate:
        return Follower(self.server.url, TOKEN, tries=1, try_seconds=5.0).say(text, msg_id=msg_id)

    def called(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as db:
            row = db.execute("SELECT called FROM messages").fetchone()
            return str(row[0]).split() if row else []


def until(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        gevent.sleep(0.05)


def test_killed_while_the_first_hangs_a_question_goes_through_the_chain_again(
    tmp_path: Path, mute: Mute, well: ModelStandIn
) -> None:
    server = Killed(tmp_path, mute.url, well.url, takeover_seconds=1.0)
    try:
        first = gevent.spawn(server.say, "问", "1")
        until(lambda: server.called() == ["first"] and mute.asked)
        server.kill()
        assert server.say("问", "1").seen == "好了。"
        assert server.called() == ["first", "first", "second"], "each call is counted"
        assert (mute.asked, len(well.asked)) == (2, 1)
        first.get()
    finally:
        server.server.stop()


def test_killed_while_two_are_asked_side_by_side_both_are_counted_and_one_answers(
    tmp_path: Path, mute: Mute
) -> None:
    slow = ModelStandIn()
    slow.will(after=60)
    slow.always(text="好了。")
    slow.start()
    server = Killed(tmp_path, mute.url, slow.url, hedge_seconds=0.3, takeover_seconds=30.0)
    try:
        first = gevent.spawn(server.say, "问", "1")
        until(lambda: server.called() == ["first", "second"] and slow.asked)
        server.kill()
        assert server.say("问", "1").seen == "好了。"
        assert server.called() == ["first", "second"] * 2
        first.get()
    finally:
        server.server.stop()
        slow.stop()


def test_what_one_process_finds_out_of_a_model_the_other_knows(
    tmp_path: Path, well: ModelStandIn
) -> None:
    broken = ModelStandIn()
    broken.always(status=404)
    broken.start()
    with chained(tmp_path, broken, well) as one:
        other = Running(tmp_path, **one.sections)
        other.model = one.model
        other.process = replace(Process.current(), id="another process", host="another machine")
        other.start()
        try:
            assert one.follower("o-one").say("问").seen == "好了。"
            one.huixin.db.write(lambda _: None)  # behind what was saved without waiting
            assert other.follower("o-two").say("问").seen == "好了。"
            assert called(one) == [["0", "1"], ["1"]]
            broken.always(text="修好了。")
            steady, clock = one.huixin.db.steady, one.huixin.db.clock
            one.huixin.db.steady = lambda: steady() + 11
            one.huixin.db.clock = lambda: clock() + 11
            assert one.follower("o-one").say("再问").seen == "修好了。"
            one.huixin.db.write(lambda _: None)
            assert other.follower("o-two").say("再问").seen == "修好了。"
        finally:
            other.stop()
            broken.stop()


def test_a_model_rests_ever_longer_whichever_process_finds_it_ill(
    tmp_path: Path, well: ModelStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    broken = ModelStandIn()
    broken.always(status=503)
    broken.start()
    with chained(tmp_path, broken, well) as one:
        other = Running(tmp_path, **one.sections)
        other.model = one.model
        other.process = replace(Process.current(), id="another process", host="another machine")
        other.start()
        at = [0.0]
        for db in (one.huixin.db, other.huixin.db):
            db.steady = partial(_later, db.steady, at)
            db.clock = partial(_later, db.clock, at)
        try:
            one.follower().say("先问")
            for app, at[0] in ((one, 0), (other, 5), (other, 11), (one, 12), (one, 32)):
                assert app.follower().say("问").seen == "好了。"
                app.huixin.db.write(lambda _: None)  # behind what was saved without waiting
            rests = [line for line in caplog.messages if "event=model_rests" in line]
            assert [line.partition("seconds=")[2] for line in rests] == ["10.0", "20.0", "40.0"]
        finally:
            other.stop()
            broken.stop()


def _later(now: Callable[[], float], at: list[float]) -> float:
    return now() + at[0]


def test_a_restart_remembers_who_rests(tmp_path: Path, well: ModelStandIn) -> None:
    with chained(tmp_path, named("dead", nobody()), well) as app:
        app.follower().say("问")
        app.restart()
        assert app.follower().say("再问").seen == "好了。"
        assert called(app) == [["dead", "1"], ["1"]]
