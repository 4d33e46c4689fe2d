"""A look into the database that cannot change it, and does not disturb a server that runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from store.errors import SchemaTooNew, StoreDamaged, StoreError, StoreUnavailable, named

BUSY_SECONDS = 1.5  # a reader waits only while somebody repairs or moves the whole file


class DatabaseMissing(StoreUnavailable):
    """There is no such database."""


class SchemaTooOld(StoreUnavailable):
    """The database has not been opened by a server of this version yet."""


@contextmanager
def looking(path: Path, migrations: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads; all that the block reads is of one moment.

    A writer goes on meanwhile, but the block should be short: it holds old pages. `migrations` is
    the folder of numbered scripts. Raises `StoreError`, from the block too.
    """
    try:
        if not path.is_file():
            raise DatabaseMissing(f"no database at {path.absolute()}; --db PATH names another")
        with closing(_open(path)) as connection:
            connection.execute("BEGIN")
            _compare(connection, migrations, path)
            yield connection
    except (sqlite3.Error, OSError) as exc:
        error = named(exc, path)
        if not isinstance(error, StoreError):
            error = StoreDamaged(f"{error} ({path}): not as this version made it")
        raise error from exc


def _open(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    connection.execute("PRAGMA query_only = ON")
    return connection


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", errors="replace")


def _compare(connection: sqlite3.Connection, migrations: Path, path: Path) -> None:
    """Raises `SchemaTooOld` or `SchemaTooNew` where it is not of this version."""
    scripts = {script.name for script in migrations.glob("*.sql")}
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'")
    if tables.fetchone() is None:
        raise SchemaTooOld(f"no server has used it yet: {path.absolute()}")
    seen = {row["name"] for row in connection.execute("SELECT name FROM migrations")}
    if newer := seen - scripts:
        raise SchemaTooNew(
            f"the database has seen {max(newer)}, this version has not: use the newer one"
        )
    if missing := scripts - seen:
        cure = "start the server of this version once, or use the older inspect"
        raise SchemaTooOld(f"the database has not seen {min(missing)}: {cure}")
