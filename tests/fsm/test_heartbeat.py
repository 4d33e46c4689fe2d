"""A heartbeat keeps a lease, takes up what is nobody's, and writes nothing where it need not."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from fsm import moves
from fsm.heartbeat import BEAT_EVERY, LEASE, REST
from service.background import BackgroundPart
from store import changes, messages, processes
from store.database import Connection
from store.messages import Arrival
from store.processes import Process
from tests.conftest import Clock
from tests.running import Running, running

ELSEWHERE = Process("elsewhere/1/1", "elsewhere", 1)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Running]:
    """A server whose background stands still: it beats when a test has it beat."""
    with running(tmp_path, azure={"trans_to_voice": True}) as app:
        app.huixin.background.stop()
        app.huixin.db.clock = app.huixin.db.steady = clock
        app.huixin.heartbeat.run_once()
        yield app


Changed = Callable[[], bool]


@pytest.fixture
def changed(app: Running) -> Iterator[Changed]:
    """Whether anything was committed since the last time this was asked."""
    with closing(sqlite3.connect(app.folder / "huixin.db", isolation_level=None)) as other:
        seen = 0

        def ask() -> bool:
            nonlocal seen
            before, seen = seen, int(other.execute("PRAGMA data_version").fetchone()[0])
            return seen != before

        ask()
        yield ask


def lease(app: Running) -> float:
    """Seconds that are left of it."""
    at = app.huixin.db.clock()
    return app.huixin.db.read(processes.glance, app.process, at=at).alive_until - at


def left_by(app: Running, process: Process, *, alive_for: float = LEASE) -> int:
    """A message that this process has not finished, whose time is not yet. Returns its number."""

    def leave(db: Connection) -> int:
        at = app.huixin.db.clock()
        processes.beat(db, process, at=at, lease=alive_for)
        message, _ = messages.receive(db, Arrival("gh", "o", "1", "1", "text", "问"), at=at)
        assert processes.claim(db, message, process, new=True, at=at)
        changes.take_up(db, message, pause=3600, at=at)
        return message.id

    return app.huixin.db.write(leave)


def owner(app: Running) -> str:
    return str(app.one("SELECT owner FROM followers"))


def test_a_server_with_nothing_to_do_commits_once_in_ten_seconds(
    app: Running, clock: Clock, changed: Changed
) -> None:
    parts: list[BackgroundPart] = [app.huixin.heartbeat, app.huixin.sweeper, app.huixin.health]
    assert app.huixin.accounts[0].deletions
    parts.append(app.huixin.accounts[0].deletions)
    due = dict.fromkeys(parts, clock())
    commits, seconds = 0, 300
    for _ in range(seconds):
        for part in parts:
            while due[part] <= clock():
                due[part] += part.run_once()
                commits += changed()
        assert lease(app) >= LEASE, "what comes next is ours as long as what came before"
        clock.forward(1)
    assert 0 < commits <= seconds / 10


def test_a_lease_is_renewed_at_every_beat_while_something_is_unfinished(
    app: Running, clock: Clock
) -> None:
    left_by(app, app.process)
    for _ in range(3):
        app.huixin.heartbeat.run_once()
        assert lease(app) == LEASE
        clock.forward(BEAT_EVERY)


def test_a_lease_that_the_clock_made_too_long_is_put_right(app: Running, clock: Clock) -> None:
    clock.forward(-3600)
    app.huixin.heartbeat.run_once()
    assert lease(app) == LEASE + REST


def test_who_was_taken_off_the_list_is_on_it_again_at_the_next_beat(app: Running) -> None:
    app.huixin.db.write(processes.bury, app.process)
    app.huixin.heartbeat.run_once()
    assert lease(app) == LEASE + REST


def test_what_a_process_left_that_was_killed_on_this_machine_is_taken_up_at_the_next_beat(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    killed = replace(app.process, id=f"{app.process.host}/{app.process.pid}/long ago")
    number = left_by(app, killed, alive_for=3600)
    app.huixin.heartbeat.run_once()
    assert app.huixin.worker.progress(number)
    assert owner(app) == app.process.id
    assert f'event=process_died id="{killed.id}"' in caplog.messages


def test_what_a_process_on_another_machine_has_is_its_own_as_long_as_its_lease(
    app: Running, clock: Clock, changed: Changed
) -> None:
    number = left_by(app, ELSEWHERE, alive_for=5)
    changed()
    for _ in range(5):
        assert owner(app) == ELSEWHERE.id
        app.huixin.heartbeat.run_once()
        assert not changed(), "what lives is left alone"
        clock.forward(1)
    app.huixin.heartbeat.run_once()
    assert app.huixin.worker.progress(number)
    assert owner(app) == app.process.id


def test_what_the_operator_brings_back_is_taken_up_at_the_next_beat(app: Running) -> None:
    app.huixin.db.clock = time.time
    app.model.will(status=400)
    app.follower().say("问")
    app.huixin.heartbeat.run_once()
    seen = app.huixin.db.read(messages.get, 1)
    assert seen.state == "FAILED"
    assert app.huixin.worker.progress(1) is None
    app.huixin.db.write(moves.retry, seen, at=time.time())
    app.model.will(text="这次好了。")
    app.huixin.heartbeat.run_once()
    assert app.huixin.worker.progress(1)
    with gevent.Timeout(10):
        while app.huixin.worker.unfinished(""):
            gevent.sleep(0.01)
    assert app.huixin.db.read(messages.get, 1).state == "REPLIED"
    assert BEAT_EVERY <= 1.0, "it is back at work within two seconds, the README says"


def test_what_is_ours_already_is_not_written_down_again(app: Running, changed: Changed) -> None:
    number = left_by(app, app.process)
    changed()
    at = app.huixin.db.clock()
    [mine] = app.huixin.db.write(processes.adopt, app.process, at=at)
    assert mine.id == number
    assert not changed()


def test_who_finds_no_other_alive_at_the_start_has_always_been_alone(
    app: Running, clock: Clock
) -> None:
    assert app.huixin.heartbeat.alone_for == math.inf
    app.huixin.db.write(processes.beat, ELSEWHERE, at=clock() - LEASE - 1, lease=LEASE)
    app.huixin.heartbeat.run_once()
    assert app.huixin.heartbeat.alone_for == math.inf, "that one's lease is over"


def test_how_long_a_process_has_been_alone_counts_from_when_it_last_saw_another(
    app: Running, clock: Clock
) -> None:
    heartbeat = app.huixin.heartbeat
    app.huixin.db.write(processes.beat, ELSEWHERE, at=clock(), lease=LEASE)
    heartbeat.run_once()
    assert heartbeat.alone_for == 0
    clock.forward(5)
    app.huixin.db.write(processes.bury, ELSEWHERE)
    heartbeat.run_once()
    assert heartbeat.alone_for == 5
