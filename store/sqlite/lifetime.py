"""How a database's connections are opened and closed, in a thread."""

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from store.sqlite.checkpoints import checkpoint
from store.sqlite.committing import BUSY_SECONDS
from store.sqlite.database_file import DatabaseFile
from store.sqlite.errors import named
from store.sqlite.making import make
from store.sqlite.migrations import is_newer, migrate
from store.sqlite.opening import connect

T = TypeVar("T")


def naming(path: Path, work: Callable[..., T], *args: Any) -> T:
    """Do the work; what goes wrong with the database is one of our errors."""
    try:
        return work(*args)
    except (sqlite3.Error, OSError) as exc:
        raise named(exc, path) from exc


def connected(path: Path, mode: Literal["ro", "rw", "rwc"]) -> sqlite3.Connection:
    """See `connect`; "rwc" makes the file where there is none. Raises `StoreError`."""
    try:
        if mode == "rwc":
            make(path)
            mode = "rw"
        return connect(path, mode, wait=BUSY_SECONDS)
    except (sqlite3.Error, OSError) as exc:
        raise named(exc, path) from exc


def bring_to_this_version(connection: sqlite3.Connection, path: Path, migrations: Path) -> None:
    """Raises `StoreError`, also where the database is of a newer one."""
    naming(path, connection.execute, "PRAGMA journal_mode = WAL")
    naming(path, migrate, connection, migrations)


def opened_at(path: Path, reader: sqlite3.Connection, migrations: Path) -> DatabaseFile:
    """Where the database is by now, and what its header will say. Raises `StoreError`."""
    place = naming(
        path, partial(DatabaseFile, path, upgraded=partial(is_newer, reader, migrations))
    )
    schema = naming(path, reader.execute, "PRAGMA schema_version").fetchone()[0]
    place.expect(int(schema))
    return place


def close_both(first: sqlite3.Connection, last: sqlite3.Connection, carry_over: bool) -> None:
    """What closing would wait for with the interpreter's lock held is done before."""
    first.close()
    if carry_over:
        checkpoint(last)
    last.close()
