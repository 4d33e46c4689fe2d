"""Ways into the database from outside of a server, which may be running meanwhile.

`looking` cannot change anything and disturbs nobody; `changing` makes one change.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from settings.language import said
from store.errors import DatabaseMissing, StoreDamaged, StoreError
from store.sqlite.emptying import give_back, tell_of_erasures
from store.sqlite.errors import named
from store.sqlite.opening import connect
from store.versions import refuse_another

LOOK_SECONDS = 1.5  # a reader waits only while somebody repairs or moves the whole file
CHANGE_SECONDS = 15.0  # a writer waits for its turn among the server's own


@contextmanager
def looking(path: Path, migrations: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads; all that the block reads is of one moment.

    A writer goes on meanwhile, but the block should be short: it holds old pages. `migrations` is
    the folder of numbered scripts. Raises `StoreError`, from the block too.
    """
    with _named(path), closing(connect(path, "ro", wait=LOOK_SECONDS)) as connection:
        connection.text_factory = _text
        connection.execute("BEGIN")
        compare(connection, migrations, path)
        yield connection


@contextmanager
def changing(path: Path, migrations: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose changes are saved all together at the block's end, or not at all.

    Nobody else writes meanwhile. `migrations` as above. Raises `StoreError`, from the block too.
    """
    with _named(path), closing(connect(path, "rw", wait=CHANGE_SECONDS)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        compare(connection, migrations, path)
        erased: list[None] = []
        tell_of_erasures(connection, lambda: erased.append(None))
        yield connection
        connection.execute("COMMIT")
        if erased:
            give_back(connection)  # a server that has just been busy does so at its next erasure


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What goes wrong is one of our errors."""
    try:
        if not path.is_file():
            raise DatabaseMissing(
                said(
                    "no database at {path}; --config names the settings that say where, --db the"
                    " database",
                    path=path.absolute(),
                )
            )
        yield
    except (sqlite3.Error, OSError) as exc:
        error = named(exc, path)
        if not isinstance(error, StoreError):
            error = StoreDamaged(
                said("{error} ({path}): not as this version made it", error=error, path=path)
            )
        raise error from exc


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", errors="replace")


def compare(connection: sqlite3.Connection, migrations: Path, path: Path) -> None:
    """Raises `SchemaTooOld` or `SchemaTooNew` where it is not of this version."""
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchall()
    rows = connection.execute("SELECT name FROM migrations") if tables else ()
    scripts = {script.name for script in migrations.glob("*.sql")}
    refuse_another({row["name"] for row in rows}, scripts, path.absolute())
