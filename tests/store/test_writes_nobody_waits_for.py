"""What nobody waits for is as durable as the rest: nothing is missing, or a line says so."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest

from store import key_values
from store.database import Connection
from store.errors import MessageMovedOn
from store.sqlite import committing, threads
from store.sqlite.database import SqliteDatabase
from tests import migrated
from tests.conftest import MIGRATIONS


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteDatabase]:
    """A database that waits for nobody's lock, so that what is locked fails at once."""
    monkeypatch.setattr(committing, "BUSY_SECONDS", 0.0)
    path = migrated.at(tmp_path / "huixin.db")
    db = SqliteDatabase(path, migrations=MIGRATIONS)
    yield db
    db.close()


@pytest.fixture
def other(impatient: SqliteDatabase) -> Iterator[sqlite3.Connection]:
    """Another process, which can lock the database."""
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        yield other


def put(db: Connection, name: str) -> None:
    key_values.put(db, name, "", expires_at=1e12)


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as look:
        return {row[0] for row in look.execute("SELECT name FROM facts")}


def test_what_meets_a_lock_is_saved_when_that_is_gone(
    impatient: SqliteDatabase, other: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    other.execute("BEGIN IMMEDIATE")
    saved = impatient.write_soon(put, "a")
    gevent.sleep(0.2)
    assert not saved.ready()
    other.execute("ROLLBACK")
    saved.get(timeout=10)
    assert names(impatient.path) == {"a"}
    impatient.close()
    assert "event=writes_given_up" not in caplog.text


def test_what_is_still_waiting_at_the_end_is_tried_until_the_lock_is_gone(
    impatient: SqliteDatabase, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    impatient.write_soon(put, "a")
    gevent.spawn_later(0.3, other.execute, "ROLLBACK")
    impatient.close()
    assert names(impatient.path) == {"a"}


def test_what_is_given_up_at_the_end_is_told_of_in_one_line(
    impatient: SqliteDatabase,
    other: sqlite3.Connection,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "AT_THE_END", 1.5 * threads.AGAIN)
    other.execute("BEGIN IMMEDIATE")
    for number in range(20):
        impatient.write_soon(put, f"fact {number}")
    impatient.close()
    assert caplog.text.count("event=writes_given_up") == 1
    assert "writes=20" in caplog.text
    assert "SQLITE_BUSY" in caplog.text
    other.execute("ROLLBACK")
    assert names(impatient.path) == set()


def test_a_fault_in_what_nobody_waits_for_is_told_of(
    db: SqliteDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Connection) -> None:
        raise KeyError("o-one")

    db.write_soon(broken)
    db.close()
    assert "event=fault part=write_soon" in caplog.text
    assert "o-one" not in caplog.text


def test_what_somebody_else_was_faster_with_is_no_news(
    db: SqliteDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    def too_late(_: Connection) -> None:
        raise MessageMovedOn("message 1 is no longer GENERATING as it was")

    db.write_soon(too_late)
    db.close()
    assert caplog.messages == []
