"""Whoever waits for what another process saves is told, and nobody looks while nobody waits."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from store import key_values
from store.sqlite.database import SqliteDatabase
from store.sqlite.watching import LOOK_EVERY, Watching
from tests.conftest import MIGRATIONS

SOON = 10.0  # seconds; as long as a busy machine may take


@pytest.fixture
def other(db: SqliteDatabase) -> Iterator[SqliteDatabase]:
    """The same database, as another process has it open."""
    database = SqliteDatabase(db.path, migrations=MIGRATIONS, clock=db.clock)
    yield database
    database.close()


def test_what_another_process_saves_is_told_of_each_time(
    db: SqliteDatabase, other: SqliteDatabase
) -> None:
    changed = Event()
    with db.watch(changed):
        for value in ("one", "two"):
            other.write(key_values.put, "name", value, expires_at=1e12)
            while db.read(key_values.get, "name", at=0.0) != (value, 1e12):
                assert changed.wait(SOON)
                changed.clear()


class Saved:
    """A number that changes with each commit, and how often it was asked for."""

    def __init__(self) -> None:
        self.version = 1
        self.broken = False
        self.asked = 0
        self.asked_again = Event()

    def __call__(self) -> int:
        self.asked += 1
        self.asked_again.set()
        if self.broken:
            raise OSError("no disk")
        return self.version

    def wait_until_asked(self) -> None:
        """Twice: what was found the first time has been told by then."""
        for _ in range(2):
            self.asked_again.clear()
            assert self.asked_again.wait(SOON)


def test_all_who_wait_are_told_and_nobody_is_while_nothing_is_saved() -> None:
    saved = Saved()
    watching, one, another = Watching(saved), Event(), Event()
    with watching.watch(one), watching.watch(another):
        saved.wait_until_asked()
        one.clear()
        another.clear()
        saved.wait_until_asked()
        assert (one.is_set(), another.is_set()) == (False, False)
        saved.version += 1
        assert one.wait(SOON)
        assert another.wait(SOON)


def test_what_is_saved_as_one_begins_to_wait_is_not_missed() -> None:
    saved, changed = Saved(), Event()
    with Watching(saved).watch(changed):
        saved.version += 1
        assert changed.wait(SOON)


def test_who_waits_is_woken_to_learn_why_nothing_can_be_read() -> None:
    saved, changed = Saved(), Event()
    with Watching(saved).watch(changed):
        saved.wait_until_asked()
        saved.broken = True
        changed.clear()
        assert changed.wait(SOON)
        saved.broken = False
        saved.wait_until_asked()
        changed.clear()
        saved.version += 1
        assert changed.wait(SOON), "it goes on"


def test_nobody_looks_while_nobody_waits() -> None:
    saved = Saved()
    watching = Watching(saved)
    with watching.watch(Event()):
        saved.wait_until_asked()
    asked = saved.asked
    gevent.sleep(5 * LOOK_EVERY)
    assert saved.asked <= asked
    with watching.watch(Event()):
        saved.wait_until_asked()
