"""The one way to the store: all of a piece of work is saved or none, and the loop never waits."""

import sqlite3
from pathlib import Path

import gevent
import pytest

from store import followers
from store.errors import SchemaTooNew, StoreDamaged, StoreUnavailable
from store.sqlite import committing
from store.sqlite.database import SqliteDatabase
from tests.conftest import MIGRATIONS


def add(db: sqlite3.Connection, name: str, fails: type[Exception] | None = None) -> str:
    db.execute("INSERT INTO cool_downs VALUES (?, 1.0, 'test')", (name,))
    if fails:
        raise fails(name)
    return name


def names(db: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in db.execute("SELECT name FROM cool_downs ORDER BY name")]


def test_what_was_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "huixin.db"
    first = SqliteDatabase(path, migrations=MIGRATIONS)
    assert first.write(add, "a") == "a"
    first.close()
    first.close()
    second = SqliteDatabase(path, migrations=MIGRATIONS)
    assert second.read(names) == ["a"]
    second.close()


def test_work_that_fails_leaves_nothing_and_harms_nobody_in_the_same_commit(
    db: SqliteDatabase,
) -> None:
    spoilt = [db.write_soon(add, "bad", fails=KeyError), db.write_soon(add, "twice")]
    sound = [db.write_soon(add, "good"), db.write_soon(add, "twice")]
    with pytest.raises(KeyError):
        spoilt[0].get()
    with pytest.raises(sqlite3.IntegrityError):
        sound[1].get()
    assert (sound[0].get(), spoilt[1].get()) == ("good", "twice")
    assert db.read(names) == ["good", "twice"]


def test_work_is_done_in_the_order_it_was_handed_in(db: SqliteDatabase) -> None:
    seen: list[int] = []

    def see(_: sqlite3.Connection, n: int) -> None:
        seen.append(n)

    last = [db.write_soon(see, n) for n in range(200)][-1]
    last.get()
    assert seen == list(range(200))


def test_a_locked_database_is_named_and_works_again_when_it_is_free(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "BUSY_SECONDS", 0.6)
    other = sqlite3.connect(db.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0.02)
            ticks += 1

    ticker = gevent.spawn(tick)
    with pytest.raises(StoreUnavailable, match="another process"):
        db.write(add, "late")
    assert ticks > 8, "the loop goes on while the writer waits for the lock"
    ticker.kill()
    other.execute("ROLLBACK")
    other.close()
    assert db.write(add, "late") == "late"


def test_a_full_disk_is_named_and_nothing_is_half_done(db: SqliteDatabase) -> None:
    pages = db.write(lambda c: c.execute("PRAGMA page_count").fetchone()[0])

    def limit(connection: sqlite3.Connection, to: int) -> None:
        connection.execute(f"PRAGMA max_page_count = {to}")

    db.write(limit, pages)
    with pytest.raises(StoreUnavailable, match="full"):
        db.write(add, "x" * 100_000)
    db.write(limit, 1_000_000)
    assert db.write(add, "fits") == "fits"
    assert db.read(names) == ["fits"]


class ShortOfMemory:
    """A connection that gets no memory for its first commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.refused = 0

    def execute(self, sql: str) -> object:
        if sql == "COMMIT" and not self.refused:
            self.refused += 1
            raise MemoryError
        return self._connection.execute(sql)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_a_commit_without_memory_is_named_and_the_next_one_is_made(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_writing", ShortOfMemory(db._writing))
    with pytest.raises(StoreUnavailable, match="memory"), gevent.Timeout(10):
        db.write(names)
    assert db.write(names) == []
    monkeypatch.undo()


def test_a_file_that_is_no_database_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "huixin.db"
    path.write_bytes(b"these are not the bytes of a database" * 100)
    with pytest.raises(StoreDamaged, match="backup"):
        SqliteDatabase(path, migrations=MIGRATIONS)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        SqliteDatabase(tmp_path / "file" / "huixin.db", migrations=MIGRATIONS)


def test_reading_cannot_write(db: SqliteDatabase) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"):
        db.read(add, "sneaky")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    newer = tmp_path / "migrations"
    newer.mkdir()
    for script in MIGRATIONS.glob("*.sql"):
        (newer / script.name).write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
    (newer / "9999_future.sql").write_text("CREATE TABLE future (id INTEGER) STRICT;")
    SqliteDatabase(tmp_path / "huixin.db", migrations=newer).close()
    with pytest.raises(SchemaTooNew, match="9999_future"):
        SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    scripts = tmp_path / "migrations"
    scripts.mkdir()
    (scripts / "0001_good.sql").write_text("CREATE TABLE good (id INTEGER) STRICT;")
    (scripts / "0002_bad.sql").write_text(
        "CREATE TABLE half (id INTEGER) STRICT;\nCREATE TABLE nonsense (;\n"
    )
    path = tmp_path / "huixin.db"
    with pytest.raises(sqlite3.OperationalError):
        SqliteDatabase(path, migrations=scripts)
    connection = sqlite3.connect(path)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "good" in tables
    assert "half" not in tables


def test_many_greenlets_share_few_commits(db: SqliteDatabase) -> None:
    commits = 0

    def count(statement: str) -> None:
        nonlocal commits
        commits += statement == "COMMIT"

    db.write(lambda c: c.set_trace_callback(count))
    for done in [db.write_soon(add, f"n{n}") for n in range(100)]:
        done.get()
    assert commits < 10


def test_what_was_erased_is_in_no_file_once_the_database_is_closed(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
    words = "said in confidence " * 1000
    keys = {"account": "gh", "open_id": words}
    insert = "INSERT INTO followers (account, open_id) VALUES (:account, :open_id)"
    database.write(lambda db: db.execute(insert, keys).rowcount)
    assert database.write(lambda db: followers.erase(db, "gh", words, at=0.0)) == 1
    database.close()
    assert [file.name for file in tmp_path.iterdir() if b"in confidence" in file.read_bytes()] == []
