"""The ways to a database, whatever its engine: the one place that knows which engine that is.

`where` is what the settings say (`store.path`), or an operator (`--db`).
"""

from contextlib import AbstractContextManager
from pathlib import Path

from store.database import Connection, Database
from store.sqlite import copying, restoring, soundness, visiting
from store.sqlite.restoring import Restored

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def open_database(where: Path, *, checked: bool = False) -> Database:
    """For a server: made where there is none, and brought to this version.

    A small one is found to be sound, unless somebody has `checked` it just now; a large one may be
    owed that, see `owed_checks`. Raises `StoreError`.
    """
    from store.sqlite.database import SqliteDatabase  # with libraries that only a server needs

    return SqliteDatabase(where, migrations=MIGRATIONS, checked=checked)


def looking(where: Path) -> AbstractContextManager[Connection]:
    """A connection that only reads, beside servers; all that it reads is of one moment.

    The block should be short: it holds what is old. Raises `StoreError`, from the block too.
    """
    return visiting.looking(where, MIGRATIONS)


def changing(where: Path) -> AbstractContextManager[Connection]:
    """A connection whose changes are saved all together at the block's end, or not at all.

    Nobody else writes meanwhile. Raises `StoreError`, from the block too.
    """
    return visiting.changing(where, MIGRATIONS)


def back_up(where: Path, target: Path) -> int:
    """Copy the database to the new file `target`, which only its owner may read.

    A folder that is not there is made. Returns the copy's bytes. Servers go on meanwhile. Raises
    `NotCopied`, and `StoreError` for the database.
    """
    return copying.back_up(where, target)


def restore(where: Path, backup: Path, *, at: float) -> Restored:
    """Put a checked copy of `backup` in the place of the database, which is kept beside it.

    `at` is now, in seconds since 1970. Raises `StoreInUse` while a server runs on it, `StoreError`
    for the backup, and `NotCopied`: then what stood there before still does.
    """
    return restoring.restore(where, backup, MIGRATIONS, at=at)


def check(where: Path) -> int:
    """Read the whole database, about 3 s for each GB. Returns its bytes.

    Servers go on meanwhile. Raises `StoreDamaged`, or another `StoreError` where it cannot be read.
    """
    soundness.check_file(where)
    return soundness.size(where)
