"""A database that has been through every migration, at the cost of a copy."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from sandbox.processes import ROOT
from store.sqlite.migrations import migrate


@cache
def whole() -> bytes:
    """The file of a new one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        migrate(db, ROOT / "migrations")
        return db.serialize()


def at(path: Path) -> Path:
    """Put a new one there, unless there is one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(whole())
    return path


def in_memory() -> sqlite3.Connection:
    """A new one for rules that are tried in many orders: nothing of it is ever a file."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.deserialize(whole())
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    return db
