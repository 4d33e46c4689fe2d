"""Too much at once: new messages are told so, and those that were let in are always found."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import gevent
import gevent.monkey
import pytest

from fsm import overload
from fsm.overload import Overload, Waiting
from store import messages
from store.database import Database
from store.errors import StoreUnavailable
from store.messages import Arrival
from store.sqlite.database import SqliteDatabase
from store.sqlite.pace import MANY
from tests.conftest import Clock

NOW = 1_700_000_000.0
MOST = 0.1


def alone() -> float:
    """No other process, for long."""
    return 1000.0


def with_others() -> float:
    return 0.0


def arrival(key: str) -> Arrival:
    return Arrival("gh", "o", key, key, "text", "问")


@pytest.fixture
def turn() -> Clock:
    return Clock(0.0)


@pytest.fixture
def judge(
    db: SqliteDatabase, turn: Clock, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], bool]:
    judging = Overload(db, MOST, alone, turn)
    judging.stop()
    monkeypatch.setattr(Waiting, "too_long", property(lambda _: turn.now >= 100))
    return lambda key: judging.refuses(arrival(key))


def test_while_all_is_well_everybody_is_let_in(judge: Callable[[str], bool]) -> None:
    assert not judge("one")
    assert not judge("one")


def test_when_there_is_too_much_a_new_message_is_refused_and_a_later_try_is_not(
    judge: Callable[[str], bool], turn: Clock
) -> None:
    assert not judge("one")
    turn.now = 100
    turn.forward(5)
    assert judge("two")
    assert not judge("one")


def test_what_was_let_in_before_this_process_came_is_known(
    db: SqliteDatabase, turn: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Waiting, "too_long", property(lambda _: True))
    now = db.clock()
    db.write(messages.receive, arrival("long ago"), at=now - overload.REMEMBERED - 1)
    db.write(messages.receive, arrival("elsewhere"), at=now)
    judging = Overload(db, MOST, alone, turn)
    judging.stop()
    judging.recall()
    assert not judging.refuses(arrival("elsewhere"))
    assert judging.refuses(arrival("nobody's"))
    assert judging.refuses(arrival("long ago")), "no try comes so late"


@pytest.fixture
def too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Waiting, "too_long", property(lambda _: True))


@pytest.mark.usefixtures("too_much")
def test_what_another_process_let_in_is_found_however_soon(either: Database) -> None:
    judging = Overload(either, MOST, with_others)
    judging.stop()
    either.write(messages.receive, arrival("elsewhere"), at=either.clock())
    assert not judging.refuses(arrival("elsewhere"))
    assert judging.refuses(arrival("nobody's"))


@pytest.mark.usefixtures("too_much")
def test_who_has_been_alone_for_long_knows_all_and_asks_no_database(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging = Overload(db, MOST, alone)
    judging.stop()
    monkeypatch.setattr(SqliteDatabase, "read", None)
    assert judging.refuses(arrival("new"))


@pytest.mark.usefixtures("too_much")
def test_many_that_come_at_once_are_looked_up_together(
    either: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging = Overload(either, MOST, with_others)
    judging.stop()
    read, reads = either.read, []

    def counted(work: Any, keys: list[str]) -> Any:
        reads.append(len(keys))
        return read(work, keys)

    monkeypatch.setattr(either, "read", counted)
    either.write(messages.receive, arrival("7"), at=either.clock())
    judged = [gevent.spawn(judging.refuses, arrival(str(n))) for n in range(2 * overload.AT_A_TIME)]
    assert [n for n, one in enumerate(judged) if not one.get()] == [7]
    assert max(reads) == overload.AT_A_TIME
    assert sum(reads) == len(judged)


@pytest.mark.usefixtures("too_much")
def test_who_cannot_be_looked_up_is_not_refused_but_waits_for_the_store(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging = Overload(db, MOST, with_others)
    judging.stop()

    def fails(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(db, "read", fails)
    assert not judging.refuses(arrival("one"))
    monkeypatch.undo()
    monkeypatch.setattr(Waiting, "too_long", property(lambda _: True))
    assert judging.refuses(arrival("one"))


def test_who_comes_while_the_database_has_too_much_to_do_is_told_so(
    db: SqliteDatabase, turn: Clock
) -> None:
    """The loop may have time: what it hands in is not done in time."""
    judging = Overload(db, MOST, alone, turn)
    judging.stop()
    native_sleep = gevent.monkey.get_original("time", "sleep")
    each = (overload.LATE_FOR + 0.2) / MANY
    works = [db.write_soon(lambda _: native_sleep(each)) for _ in range(MANY)]
    busy = works[-1]
    while not judging.there_is:
        assert not busy.ready()
        gevent.sleep(0.01)
    busy.get()
    with gevent.Timeout(10):
        while judging.there_is:
            gevent.sleep(0.05)


def test_a_database_that_waits_for_a_lock_has_not_too_much_to_do(
    db: SqliteDatabase, turn: Clock
) -> None:
    judging = Overload(db, MOST, alone, turn)
    judging.stop()
    with closing(sqlite3.connect(db.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = db.write_soon(lambda _: None)
        ends = time.monotonic() + overload.LATE_FOR + 0.3
        while time.monotonic() < ends:
            gevent.sleep(0.02)
            assert not judging.there_is
        other.execute("ROLLBACK")
    held.get()


def test_messages_are_not_remembered_for_ever(db: SqliteDatabase, turn: Clock) -> None:
    judging = Overload(db, MOST, alone, turn)
    judging.stop()
    for number in range(100):
        judging.refuses(arrival(str(number)))
        turn.forward(1)
    assert len(judging._let_in) <= overload.REMEMBERED + 1


def test_something_that_holds_the_loop_up_once_is_no_overload(turn: Clock) -> None:
    waiting = Waiting(MOST, turn)
    waiting.stop()
    waiting.line_up()
    turn.forward(MOST + 0.1)
    waiting.take_turn()
    assert not waiting.too_long
    waiting.line_up()
    waiting.take_turn()
    turn.forward(overload.LATE_FOR)
    assert not waiting.too_long


def test_who_stands_in_line_too_long_for_a_while_is_overloaded_until_it_is_quick_again(
    turn: Clock,
) -> None:
    waiting = Waiting(MOST, turn)
    waiting.stop()
    for _ in range(5):
        waiting.line_up()
        turn.forward(MOST + 0.04)
        waiting.take_turn()
    assert waiting.too_long
    waiting.line_up()
    waiting.take_turn()
    assert not waiting.too_long


def test_a_line_that_does_not_move_at_all_is_noticed_before_it_moves(turn: Clock) -> None:
    waiting = Waiting(MOST, turn)
    waiting.stop()
    waiting.line_up()
    turn.forward(overload.LATE_FOR + 0.1)
    assert waiting.too_long


def test_the_loop_itself_is_measured() -> None:
    waiting = Waiting(MOST)
    busy = True

    def spin() -> None:
        until = gevent.get_hub().loop.now() + 60
        while busy and gevent.get_hub().loop.now() < until:
            gevent.sleep(0)

    spinning = [gevent.spawn(spin) for _ in range(3)]
    gevent.sleep(3 * overload.TICK)
    assert not waiting.too_long  # each takes its turn quickly
    busy = False
    gevent.joinall(spinning)
    waiting.stop()
