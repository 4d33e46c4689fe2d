"""One opener: whoever reads or writes the database does so under the same rules."""

import ast
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from settings.sections.urls import DATABASES
from store.database import Connection
from store.errors import StoreUnavailable
from store.opening import ENGINES, engine
from store.sqlite.database import SqliteDatabase
from tests.conftest import ROOT
from tests.parsed import parsed_if

FULL, ON = 2, 1

Opened = Callable[[SqliteDatabase], Iterator[Connection]]


def a_server_s_writer(db: SqliteDatabase) -> Iterator[Connection]:
    yield db.write(lambda connection: connection)


def a_server_s_reader(db: SqliteDatabase) -> Iterator[Connection]:
    yield db.read(lambda connection: connection)


def somebody_who_looks(db: SqliteDatabase) -> Iterator[Connection]:
    with engine(db.path).looking() as connection:
        yield connection


def somebody_who_changes(db: SqliteDatabase) -> Iterator[Connection]:
    with engine(db.path).changing() as connection:
        yield connection


WRITERS = [a_server_s_writer, somebody_who_changes]
READERS = [a_server_s_reader, somebody_who_looks]


def pragma(connection: Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}", {}).fetchone()[0]


@pytest.mark.parametrize("opened", WRITERS + READERS)
def test_every_connection_keeps_the_same_promises(db: SqliteDatabase, opened: Opened) -> None:
    with contextmanager(opened)(db) as connection:
        assert pragma(connection, "foreign_keys") == ON, "who goes takes all of theirs along"
        assert pragma(connection, "secure_delete") == ON, "what is erased leaves the file"
        assert pragma(connection, "synchronous") == FULL, "what is saved survives a power cut"
        assert pragma(connection, "journal_mode") == "wal"


def test_a_folder_that_may_not_be_looked_into_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refused)
    monkeypatch.setattr(Path, "is_file", refused)
    for look in (engine(tmp_path / "huixin.db").open, engine(tmp_path / "huixin.db").check):
        with pytest.raises(
            StoreUnavailable, match=r"look at the folder and its rights.*huixin\.db"
        ):
            look()


@pytest.mark.parametrize("opened", READERS)
def test_who_reads_cannot_write(db: SqliteDatabase, opened: Opened) -> None:
    with contextmanager(opened)(db) as connection:
        assert pragma(connection, "query_only") == ON


def test_a_server_opens_what_others_then_find(tmp_path: Path) -> None:
    where = tmp_path / "huixin.db"
    with pytest.raises(StoreUnavailable), engine(where).looking():
        pass
    database = engine(where).open()
    with engine(where).looking() as connection:
        assert connection.execute("SELECT count(*) AS n FROM messages", {}).fetchone()["n"] == 0
    database.close()


def test_each_address_that_the_settings_take_has_its_engine() -> None:
    assert ENGINES.keys() == set(DATABASES)


def test_nothing_else_opens_a_file() -> None:
    rooms = ("service", "fsm", "store", "console", "settings", "integrations")
    sources = [ROOT / "server.py", *(p for room in rooms for p in (ROOT / room).rglob("*.py"))]
    openers = [
        source.relative_to(ROOT).as_posix()
        for source in sources
        for tree in parsed_if(source, "connect")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sqlite3.connect"
    ]
    assert openers == ["store/sqlite/opening.py"]
