"""A check that is owed is made beside the work; damage that it finds ends the server."""

import logging
import sqlite3
from contextlib import closing

import pytest

from service.owed_check import OwedCheck
from store import owed_checks, processes
from store.database import Connection
from store.errors import StoreError
from store.processes import Process
from store.sqlite.database import SqliteDatabase

FIRST, ME = Process("h/1/0", "h", 1), Process("h/2/0", "h", 2)


@pytest.fixture
def told() -> list[StoreError]:
    """What a heartbeat would be told, and end the server for."""
    return []


@pytest.fixture
def checking(db: SqliteDatabase, told: list[StoreError]) -> OwedCheck:
    db.write(owed_checks.owe, "unclean end")
    return OwedCheck(db, db.path, ME, told.append)


def test_a_sound_database_is_checked_once(
    db: SqliteDatabase,
    checking: OwedCheck,
    told: list[StoreError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    checking.run_once()
    checking.run_once()
    assert caplog.text.count("event=checking_beside_work") == 1
    assert caplog.text.count("event=database_sound") == 1
    assert db.read(owed_checks.owed) is None
    assert told == []


def test_damage_is_told_and_remembered(
    db: SqliteDatabase, checking: OwedCheck, told: list[StoreError]
) -> None:
    spoil_what_nobody_reads(db)
    checking.run_once()
    [error] = told
    assert "restore a backup" in str(error)
    assert db.read(owed_checks.owed) == "found damaged"


def test_of_several_processes_one_checks(
    db: SqliteDatabase, checking: OwedCheck, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    db.write(processes.beat, FIRST, at=0.0, lease=1e12)
    checking.run_once()
    assert caplog.messages == []
    assert db.read(owed_checks.owed) == "unclean end"


def spoil_what_nobody_reads(db: SqliteDatabase) -> None:
    db.write(fill)
    page = db.read(leaf)
    with closing(sqlite3.connect(db.path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with db.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)


def fill(db: Connection) -> None:
    db.execute("CREATE TABLE aside (text TEXT)")
    for _ in range(300):
        db.execute("INSERT INTO aside VALUES (:text)", {"text": "x" * 3000})


def leaf(db: Connection) -> int:
    select = "SELECT pageno FROM dbstat WHERE name = 'aside' AND pagetype = 'leaf' LIMIT 1"
    return int(db.execute(select).fetchone()[0])
