"""When there is too much at once: a kind line at once, nothing stored, and no promise broken."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from fsm import overload
from fsm.overload import Waiting
from settings.schema import Texts
from store.processes import Process
from tests.running import Running, running

TOO_BUSY = Texts().too_busy


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


@pytest.fixture
def too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Waiting, "too_long", property(lambda _: True))


@pytest.mark.usefixtures("too_much")
def test_a_question_is_told_at_once_and_costs_nothing(app: Running) -> None:
    fate = app.follower().say("问")
    assert fate.seen == TOO_BUSY
    assert len(fate.tries) == 1
    assert app.one("SELECT count(*) FROM messages") == 0
    assert app.one("SELECT count(*) FROM followers") == 0
    assert app.model.questions == []


def test_a_later_try_of_what_was_let_in_gets_its_answer(
    app: Running, request: pytest.FixtureRequest
) -> None:
    app.model.will(text="答。", after=1.3 * app.try_seconds)
    asking = gevent.spawn(app.follower().say, "问")
    with gevent.Timeout(5):
        while not app.model.questions:
            gevent.sleep(0.01)
    request.getfixturevalue("too_much")
    assert app.follower("o-two").say("问").seen == TOO_BUSY
    assert asking.get().seen == "答。"
    assert len(asking.get().tries) == 2


def test_a_later_try_gets_its_answer_from_another_process_that_has_too_much_to_do(
    app: Running, request: pytest.FixtureRequest
) -> None:
    other = Running(app.folder)
    other.model = app.model
    other.process = replace(Process.current(), id="another process", host="another machine")
    other.start()
    try:
        app.model.will(text="答。", after=0.5 * app.try_seconds)
        first = gevent.spawn(app.follower(tries=1).say, "问", msg_id="1")
        with gevent.Timeout(5):
            while not app.model.questions:
                gevent.sleep(0.01)
        request.getfixturevalue("too_much")
        assert other.follower(tries=1).say("问", msg_id="1").seen == "答。"
        assert other.follower("o-two").say("问", msg_id="2").seen == TOO_BUSY
        assert first.get().seen == "答。"
    finally:
        other.stop()


def test_of_those_that_wait_for_the_database_no_more_are_let_in_than_can_be_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overload, "MOST_WAIT", 2)
    with (
        running(tmp_path, limits={"turn_seconds": 10}) as app,
        closing(sqlite3.connect(app.folder / "huixin.db", isolation_level=None)) as other,
    ):
        app.model.always(text="答。")
        other.execute("BEGIN IMMEDIATE")
        waiting = [gevent.spawn(app.follower(f"o-{n}").say, "问", msg_id=str(n)) for n in (1, 2)]
        with gevent.Timeout(5):
            while not app.huixin.overload.there_is:
                gevent.sleep(0.01)
        assert app.follower("o-3").say("问", msg_id="3").seen == TOO_BUSY
        other.execute("ROLLBACK")
        assert [one.get().seen for one in waiting] == ["答。", "答。"]
        with gevent.Timeout(5):
            while app.huixin.overload.there_is:
                gevent.sleep(0.01)


def test_afterwards_everybody_is_let_in_again(app: Running) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Waiting, "too_long", property(lambda _: True))
        assert app.follower().say("问").seen == TOO_BUSY
    app.model.will(text="答。")
    assert app.follower().say("问").seen == "答。"
