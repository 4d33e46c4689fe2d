"""What can go wrong with the database, named for what happened.

- `StoreError`: `retryable` says whether the same work may succeed later
  - `StoreUnavailable`: the file cannot be used just now (locked, full, read-only, missing)
  - `StoreDamaged`: the file is no SQLite database, or a broken one
  - `StoreGone`: the file was deleted or replaced while it was open
  - `SchemaTooNew`: a newer Huixin has been here
  - `MessageMovedOn`: somebody else moved, or erased, the message first
"""

import sqlite3
from pathlib import Path

ADVICE = {
    "SQLITE_BUSY": "another process holds the database locked",
    "SQLITE_LOCKED": "another process holds the database locked",
    "SQLITE_FULL": "the disk is full: free some space",
    "SQLITE_READONLY": "the database is read-only: give the server the right to write it",
    "SQLITE_CANTOPEN": "the database cannot be opened: look at the folder and its rights",
    "SQLITE_IOERR": "the disk does not read or write",
}
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class StoreError(Exception):
    """Something is wrong with the database."""

    retryable = False


class StoreUnavailable(StoreError):
    """The database cannot be used just now; the same work may succeed later."""

    retryable = True


class StoreDamaged(StoreError):
    """The file is no SQLite database, or a broken one: restore a backup."""


class StoreGone(StoreError):
    """The file was deleted or replaced: what is written now, nobody will read."""


class SchemaTooNew(StoreError):
    """The database was made by a newer version of Huixin."""


class MessageMovedOn(StoreError):
    """The message is no longer where it was last seen: somebody else moved or erased it."""


def named(exc: sqlite3.Error | OSError, path: Path | None = None) -> Exception:
    """The error of ours for one of the driver's; a broken rule of the schema stays itself."""
    where = f" ({path})" if path else ""
    if isinstance(exc, OSError):
        return StoreUnavailable(f"{exc.strerror or type(exc).__name__}{where}")
    name: str = getattr(exc, "sqlite_errorname", None) or type(exc).__name__
    if name.startswith(DAMAGED):
        return StoreDamaged(f"{name}: not a sound SQLite database{where}: restore a backup")
    for family, advice in ADVICE.items():
        if name.startswith(family):
            return StoreUnavailable(f"{name}: {advice}{where}")
    return exc
