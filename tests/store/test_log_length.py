"""The log is as long as the disk can bear, and gives its room back where that is full."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import followers, key_values
from store.errors import DiskFull
from store.messages import Arrival, receive
from store.sqlite.checkpoints import AT_MOST, BEGIN_AT, Checkpoints, WriteAheadLog, log_of
from store.sqlite.database import SqliteDatabase
from store.sqlite.lifetime import connected
from store.sqlite.visiting import changing
from tests import migrated
from tests.conftest import MIGRATIONS
from tests.speaking import wait_for

MB = 1024 * 1024
WORD, WHO = "a-word-that-is-nowhere-else", "o-somebody"
ARRIVAL = Arrival("gh", WHO, "1", "1", "text", WORD)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    db = SqliteDatabase(migrated.at(tmp_path / "huixin.db"), migrations=MIGRATIONS)
    yield db
    db.close()


def written_at(path: Path) -> str:
    files = (path, path.with_name(f"{path.name}-wal"))
    return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


def fill(db: SqliteDatabase, name: str) -> None:
    db.write(key_values.put, name, os.urandom(50_000).hex(), expires_at=1e12)


def test_on_a_large_disk_it_is_carried_over_when_that_is_worth_it() -> None:
    log = WriteAheadLog(0, 100_000 * MB)
    assert (log.begin_at, log.at_most) == (BEGIN_AT, AT_MOST)


@pytest.mark.parametrize("room", [4 * MB, 16 * MB, 64 * MB])
def test_on_a_small_one_it_never_takes_more_than_a_quarter(room: int) -> None:
    log = WriteAheadLog(0, room)
    assert log.begin_at <= room // 16
    assert log.at_most <= room // 4


def test_where_there_is_next_to_nothing_left_it_is_short(tmp_path: Path) -> None:
    assert WriteAheadLog(0, 0).begin_at < WriteAheadLog(0, 0).at_most < MB


def test_a_log_that_is_too_long_for_its_disk_is_the_writer_s_to_carry(tmp_path: Path) -> None:
    path = migrated.at(tmp_path / "huixin.db")
    connected(path, "rw").close()
    checkpoints = Checkpoints(connected(path, "rw"), allowed=lambda: True)
    assert not checkpoints.after_commit(WriteAheadLog(5 * MB, 100_000 * MB)), "done beside it"
    checkpoints.close()
    checkpoints = Checkpoints(connected(path, "rw"), allowed=lambda: True)
    assert checkpoints.after_commit(WriteAheadLog(5 * MB, 16 * MB))
    checkpoints.close()


@pytest.mark.parametrize("by", ["the server", "the operator"])
def test_what_was_erased_is_in_no_file_soon(database: SqliteDatabase, by: str) -> None:
    path = database.path
    database.write(lambda db: receive(db, ARRIVAL, at=1.0))
    assert WORD in written_at(path)
    if by == "the server":
        database.write(followers.erase, "gh", WHO, at=2.0)
    else:
        with changing(path, MIGRATIONS) as connection:
            followers.erase(connection, "gh", WHO, at=2.0)
    wait_for(lambda: WORD not in written_at(path))
    assert WHO not in written_at(path)


def test_where_others_read_just_then_it_is_tried_again(database: SqliteDatabase) -> None:
    path = database.path
    database.write(lambda db: receive(db, ARRIVAL, at=1.0))
    reading = connected(path, "ro")
    reading.execute("BEGIN")
    reading.execute("SELECT * FROM messages").fetchall()
    database.write(followers.erase, "gh", WHO, at=2.0)
    checkpoints = database._checkpoints
    wait_for(lambda: not checkpoints.running)
    assert WORD in written_at(path), "they read on as if nothing had happened"
    reading.close()
    checkpoints._emptied_at = -math.inf
    fill(database, "what is saved next")
    wait_for(lambda: WORD not in written_at(path))


def test_a_full_disk_gets_the_room_of_the_log_back(database: SqliteDatabase) -> None:
    for number in range(10):
        fill(database, f"fact {number % 2}")
    assert log_of(database.path).bytes > MB // 2
    pages = database.read(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    database.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}") and None)
    with pytest.raises(DiskFull):
        fill(database, "more")
    assert log_of(database.path).bytes < 100_000, "only what was tried once more"
    fill(database, "fact 1")
