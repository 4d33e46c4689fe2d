"""The ways to a database, whatever its engine: the one place that knows which engine that is.

`where` is what the settings say (`store.path`, `store.url`), or an operator (`--db`).
"""

import time
from contextlib import AbstractContextManager
from pathlib import Path

from settings.language import said
from store import moving
from store.database import Connection, Database
from store.errors import NotCopied, StoreUnavailable
from store.place import Url, Where
from store.sqlite import copying, numbers, restoring, soundness, visiting
from store.sqlite.restoring import Restored

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def open_database(where: Where, *, checked: bool = False) -> Database:
    """For a server: made where there is none, and brought to this version.

    A PostgreSQL database must be there, empty or ours. A small file is found to be sound, unless
    somebody has `checked` it just now; a large one may be owed that, see `owed_checks`. Raises
    `StoreError`.
    """
    if isinstance(where, Url):
        from store.postgresql.database import PostgresDatabase

        return PostgresDatabase(where.text)
    from store.sqlite.database import SqliteDatabase  # with libraries that only a server needs

    return SqliteDatabase(where, migrations=MIGRATIONS, checked=checked)


def looking(where: Where) -> AbstractContextManager[Connection]:
    """A connection that only reads, beside servers; all that it reads is of one moment.

    The block should be short: it holds what is old. Raises `StoreError`, from the block too.
    """
    if isinstance(where, Url):
        from store.postgresql import visiting as visiting_postgresql

        return visiting_postgresql.looking(where.text)
    return visiting.looking(where, MIGRATIONS)


def changing(where: Where) -> AbstractContextManager[Connection]:
    """A connection whose changes are saved all together at the block's end, or not at all.

    Nobody else changes the same meanwhile. Raises `StoreError`, from the block too.
    """
    if isinstance(where, Url):
        from store.postgresql import visiting as visiting_postgresql

        return visiting_postgresql.changing(where.text)
    return visiting.changing(where, MIGRATIONS)


def now(where: Where, db: Connection) -> float:
    """The time that what is stored goes by, in seconds since 1970: a server has its own."""
    if isinstance(where, Url):
        from store.postgresql import clock

        return clock.now(db)
    return time.time()


def last_numbers(where: Where, db: Connection) -> dict[str, int]:
    """The last number that was given in each of the tables whose rows are numbered."""
    if isinstance(where, Url):
        from store.postgresql import numbers as numbers_postgresql

        return numbers_postgresql.last(db, moving.NUMBERED)
    return numbers.last(db, moving.NUMBERED)


def number_after(where: Where, db: Connection, last: dict[str, int]) -> None:
    """Have no number given again that was given before."""
    if isinstance(where, Url):
        from store.postgresql import numbers as numbers_postgresql

        numbers_postgresql.go_on_after(db, last)
    else:
        numbers.go_on_after(db, last)


def back_up(where: Where, target: Path) -> int:
    """Copy the database to the new file `target`, which only its owner may read.

    A folder that is not there is made. Returns the copy's bytes. Servers go on meanwhile. Raises
    `NotCopied`, and `StoreError` for the database.
    """
    if isinstance(where, Url):
        raise NotCopied(
            said(
                "PostgreSQL has its own way: pg_dump --format=custom --file={target} {where}",
                target=target,
                where=where,
            )
        )
    return copying.back_up(where, target)


def restore(where: Where, backup: Path, *, at: float) -> Restored:
    """Put a checked copy of `backup` in the place of the database, which is kept beside it.

    `at` is now, in seconds since 1970. Raises `StoreInUse` while a server runs on it, `StoreError`
    for the backup, and `NotCopied`: then what stood there before still does.
    """
    if isinstance(where, Url):
        raise NotCopied(
            said(
                "PostgreSQL has its own way: stop all servers, then pg_restore --clean"
                " --if-exists --dbname={where} {backup}",
                where=where,
                backup=backup,
            )
        )
    return restoring.restore(where, backup, MIGRATIONS, at=at)


def check(where: Where) -> int:
    """Read the whole database, about 3 s for each GB. Returns its bytes.

    Servers go on meanwhile. Raises `StoreDamaged`, or another `StoreError` where it cannot be read.
    """
    if isinstance(where, Url):
        raise StoreUnavailable(
            said("PostgreSQL has its own way: pg_amcheck --heapallindexed {where}", where=where)
        )
    soundness.check_file(where)
    return soundness.size(where)
