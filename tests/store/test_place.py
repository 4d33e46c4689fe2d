"""A file that something was copied over, or that was cut, is noticed, and spoilt no further."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from store import key_values
from store.errors import StoreDamaged, StoreGone
from store.opening import engine
from store.sqlite.database import SqliteDatabase
from tests.conftest import MIGRATIONS
from tests.running import running


def opened(path: Path) -> SqliteDatabase:
    return SqliteDatabase(path, migrations=MIGRATIONS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "huixin.db"


def fill(db: SqliteDatabase, name: str, kilobytes: int = 100) -> None:
    for number in range(kilobytes // 100):
        value = os.urandom(50_000).hex()
        db.write(key_values.put, f"{name} {number}", value, expires_at=1e12)


def carry_over(db: SqliteDatabase) -> None:
    """As a checkpoint does now and then."""
    with closing(sqlite3.connect(db.path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db._mark_is_due = True  # as after each of its own


def copied(db: SqliteDatabase) -> Path:
    """As `store.backup` makes it."""
    return backed_up(db.path)


def backed_up(path: Path) -> Path:
    engine(path).back_up(path.with_name("backup.db"))
    return path.with_name("backup.db")


def plainly_copied(db: SqliteDatabase) -> Path:
    """As `cp` makes it, which is no way to make a backup."""
    return Path(shutil.copy(db.path, db.path.with_name("backup.db")))


def notice(db: SqliteDatabase) -> None:
    """As the heartbeat looks, twice."""
    db.check_place()
    db.check_place()


def test_a_database_at_work_is_the_one_that_was_opened(path: Path) -> None:
    db = opened(path)
    for number in range(5):
        fill(db, f"fact {number}")
        notice(db)
        carry_over(db)
        notice(db)
    fill(db, "much", 10_000)
    notice(db)
    db.close()


@pytest.mark.parametrize("copy", [copied, plainly_copied])
def test_a_backup_of_the_same_run_that_is_copied_over_it_is_noticed(
    path: Path, copy: Callable[[SqliteDatabase], Path]
) -> None:
    db = opened(path)
    fill(db, "early")
    carry_over(db)
    backup = copy(db)
    fill(db, "early")  # as many pages as before
    carry_over(db)
    fill(db, "early")
    carry_over(db)
    notice(db)
    shutil.copyfile(backup, path)
    with pytest.raises(StoreGone, match="copied over"):
        notice(db)
    db.close()


@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "told to stop before"])
def test_what_was_copied_over_it_is_what_the_next_start_finds(path: Path, noticed: bool) -> None:
    db = opened(path)
    fill(db, "early")
    backup = copied(db)
    fill(db, "late", 2000)
    shutil.copyfile(backup, path)
    if noticed:
        with pytest.raises(StoreGone):
            notice(db)
    db.close()
    assert path.read_bytes() == backup.read_bytes(), "nothing is mixed into it"
    db = opened(path)
    assert db.read(key_values.get, "early 0", at=0.0)
    assert db.read(key_values.get, "late 0", at=0.0) is None
    db.close()


@pytest.mark.parametrize("left", [0, 100, 4096, 40_960])
def test_a_file_that_was_cut_is_noticed(path: Path, left: int) -> None:
    db = opened(path)
    fill(db, "early")
    carry_over(db)
    notice(db)
    os.truncate(path, left)
    with pytest.raises(StoreGone, match="cut"):
        notice(db)
    db.close()


def test_another_kind_of_file_is_noticed(path: Path) -> None:
    db = opened(path)
    notice(db)
    with path.open("r+b") as file:
        file.write(b"no database" * 1000)
    with pytest.raises(StoreGone):
        notice(db)
    db.close()


def test_a_newer_version_that_has_been_here_since_is_no_other_database(path: Path) -> None:
    db = opened(path)
    notice(db)
    with closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute("CREATE TABLE newer (a TEXT)")
        newer.execute("INSERT INTO migrations VALUES ('9999_newer.sql', '')")
        newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    notice(db)
    db.close()


def test_damage_that_is_met_while_it_runs_ends_the_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as app:

        def broken(_: object) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorname = "SQLITE_CORRUPT"
            raise error

        with pytest.raises(StoreDamaged):
            app.huixin.db.write(broken)
        assert app.huixin.heartbeat.lost.wait(10), "at the next beat"
        assert "event=database_gone" in caplog.text
        assert "restore a backup" in caplog.text


def test_a_server_whose_file_was_written_over_says_so_and_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, brisk: None
) -> None:
    with running(tmp_path) as app:
        app.model.always(text="好。" * 300)
        app.follower().say("问")
        backup = backed_up(tmp_path / "huixin.db")
        app.follower().say("再问")
        shutil.copyfile(backup, tmp_path / "huixin.db")
        assert app.huixin.heartbeat.lost.wait(10)
        assert "event=database_gone" in caplog.text
