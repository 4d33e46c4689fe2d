"""Several processes write to one file: none is kept waiting, and waits in turn count as work."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import gevent.monkey
import pytest

from store import key_values
from store.database import Connection
from store.sqlite.database import SqliteDatabase
from store.sqlite.pace import IN_TURN, MANY, OF_NOW, TURN, TURNS, Pace
from tests import migrated
from tests.conftest import MIGRATIONS, Clock

native_sleep = gevent.monkey.get_original("time", "sleep")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[SqliteDatabase, SqliteDatabase]]:
    """One database, as two processes have it open."""
    path = migrated.at(tmp_path / "huixin.db")
    opened = (
        SqliteDatabase(path, migrations=MIGRATIONS),
        SqliteDatabase(path, migrations=MIGRATIONS),
    )
    yield opened
    for db in opened:
        db.close()


def test_beside_a_process_that_always_writes_another_is_let_in(
    two: tuple[SqliteDatabase, SqliteDatabase],
) -> None:
    busy, other = two
    commits, done = 0, False

    def long_work(db: Connection) -> None:
        key_values.put(db, "busy", "", expires_at=1e12)
        native_sleep(0.1)

    def write_on() -> None:
        nonlocal commits
        while not done:
            busy.write(long_work)
            commits += 1

    writing = [gevent.spawn(write_on) for _ in range(2)]  # the next waits while one is written
    waited = []
    for number in range(10):
        before = commits
        other.write(key_values.put, str(number), "", expires_at=1e12)
        waited.append(commits - before)
    done = True
    gevent.joinall(writing, raise_error=True)
    assert sum(waited) <= 5 * len(waited), "commits of the busy one for each of the other's"


@pytest.fixture
def now() -> Clock:
    return Clock(1000.0)


def commit(
    pace: Pace, now: Clock, *, waits: float, works: float, saves: float, count: int = MANY
) -> None:
    with pace.waiting():
        now.forward(waits)
    with pace.working(count):
        now.forward(works)
    with pace.saving.under_way():
        now.forward(saves)


def test_a_lock_that_somebody_holds_for_once_is_no_work(now: Clock) -> None:
    pace = Pace(now)
    for waits in (0.0, 5.0, 0.0, TURN / 2, TURN / 2):
        commit(pace, now, waits=waits, works=0.01, saves=0.0)
        assert pace.seconds() == pytest.approx(0.01)


def test_few_works_that_take_long_are_not_too_many(now: Clock) -> None:
    """One that removes what is old may read a thousand pages of a cold file."""
    pace = Pace(now)
    commit(pace, now, waits=0.0, works=0.8, saves=0.0, count=MANY - 1)
    assert pace.seconds() == 0
    assert pace.lasted == pytest.approx(0.8), "and others are let in after it"
    with pace.working(MANY):
        assert pace.seconds() == 0
        now.forward(0.7)
        assert pace.seconds() == pytest.approx(0.7)
    assert pace.seconds() == pytest.approx(0.7)


def test_where_processes_take_turns_the_others_works_count(now: Clock) -> None:
    pace = Pace(now)
    for _ in range(TURNS):
        commit(pace, now, waits=0.4, works=0.3, saves=0.1)
    assert pace.seconds() == pytest.approx(0.3 + 0.4 * 0.75), "as much as works take of ours"
    with pace.waiting():
        now.forward(0.8)
        assert pace.seconds() == pytest.approx(0.3 + 0.8 * 0.75), "a wait counts before its end"
    now.forward(OF_NOW)
    assert pace.seconds() == 0


def test_a_slow_disk_is_no_work_however_many_share_it(now: Clock) -> None:
    pace = Pace(now)
    for _ in range(TURNS):
        commit(pace, now, waits=0.5, works=0.01, saves=0.49)
    assert pace.seconds() == pytest.approx(0.02)


def test_turns_that_were_long_ago_say_nothing(now: Clock) -> None:
    pace = Pace(now)
    for _ in range(TURNS):
        commit(pace, now, waits=0.4, works=0.3, saves=0.1)
        now.forward(IN_TURN / TURNS)
    commit(pace, now, waits=0.0, works=0.1, saves=0.0)
    assert pace.seconds() == pytest.approx(0.1)
