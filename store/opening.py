"""The ways to a database, whatever its engine: the one place that knows which engine that is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from store.database import Connection, Database
from store.place import Restored, Url, Where
from store.sqlite.engine import SqliteEngine


class Engine(Protocol):
    """A database at its place. Each of them raises `StoreError`."""

    def open(self, *, checked: bool = False) -> Database:
        """For a server: made where there is none, and brought to this version.

        A PostgreSQL database must be there, empty or ours. A small file is found to be sound,
        unless somebody has `checked` it just now; a large one may be owed that, see `owed_checks`.
        """

    def looking(self) -> AbstractContextManager[Connection]:
        """A connection that only reads, beside servers; all that it reads is of one moment.

        The block should be short: it holds what is old. Raises `StoreError` from the block too.
        """

    def changing(self) -> AbstractContextManager[Connection]:
        """A connection whose changes are saved all together at the block's end, or not at all.

        Nobody else changes the same meanwhile. Raises `StoreError` from the block too.
        """

    def now(self, db: Connection) -> float:
        """The time that what is stored goes by, in seconds since 1970: a server has its own."""

    def last_numbers(self, db: Connection) -> dict[str, int]:
        """The last number that was given in each of the tables whose rows are numbered."""

    def number_after(self, db: Connection, last: dict[str, int]) -> None:
        """Have no number given again that was given before."""

    def back_up(self, target: Path) -> int:
        """Copy the database to the new file `target`, which only its owner may read.

        A folder that is not there is made. Returns the copy's bytes. Servers go on meanwhile.
        Raises `NotCopied`, too.
        """

    def restore(self, backup: Path, *, at: float) -> Restored:
        """Put a checked copy of `backup` in the place of the database, which is kept beside it.

        `at` is now, in seconds since 1970. Raises `StoreInUse` while a server runs on it, and
        `NotCopied`: then what stood there before still does.
        """

    def check(self) -> int:
        """Read the whole database, about 3 s for each GB. Returns its bytes.

        Servers go on meanwhile. Raises `StoreDamaged`.
        """


def _postgresql(url: Url) -> Engine:
    from store.postgresql.engine import PostgresEngine  # with libraries that few need

    return PostgresEngine(url)


# By the scheme of a server's address: each of `DATABASES`.
ENGINES: dict[str, Callable[[Url], Engine]] = {
    "postgresql": _postgresql,
    "postgres": _postgresql,
}


def engine(where: Where) -> Engine:
    """Of what the settings say (`store.path`, `store.url`), or an operator (`--db`)."""
    return ENGINES[where.scheme](where) if isinstance(where, Url) else SqliteEngine(where)
