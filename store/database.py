"""What the rest of the code knows of a database: no driver, no engine.

SQL is in the subset that SQLite >= 3.35 and PostgreSQL >= 14 share, with named parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:  # an operator's command should not wait for it
    from gevent.event import AsyncResult, Event

P = ParamSpec("P")
T = TypeVar("T")

Row = Any  # values by the names of their columns, `**row` too
WorkResult = tuple[Any, BaseException | None]  # of a piece of work: its value, or its error


class Cursor(Protocol):
    """What a statement found, and how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row: ...

    def fetchall(self) -> list[Row]: ...

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """One transaction, as `Database.write` and `Database.read` hand it to their work."""

    def execute(self, sql: str, parameters: Mapping[str, Any] = ..., /) -> Cursor: ...


class SharedConnection:
    """A connection beside which others write at once: rows have to be held.

    What stands in `/*! */` is for such a one; SQLite, with its one writer, takes it for a comment.
    """


class Database(Protocol):
    """The one way to what is saved: `write` commits, `read` looks, both off the event loop."""

    clock: Callable[[], float]  # gives seconds since 1970: for what is saved, as it may be set
    steady: Callable[[], float]  # gives seconds of a clock that nobody sets: for spans

    def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(connection, ...)` and return its value once it is safely on the disk.

        All of it is saved or none: what `work` raises is raised here after a rollback. It may be
        run again before that, where it shared a commit with one that failed, or where a connection
        was lost (then perhaps after it was saved): so it does nothing but to this connection.
        Raises `StoreUnavailable` where the database could not take it; nothing is saved then.
        """

    def write_soon(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "AsyncResult[T]":
        """Like `write`, without waiting; work is done in the order it was handed in."""

    def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(connection, ...)` on what has been committed. Raises `StoreUnavailable`."""

    def apart(self) -> float | None:
        """How many seconds `clock` is ahead of this machine's; None where that is the same."""

    def behind(self) -> float:
        """For how many seconds the oldest work that was handed in has waited; 0 for none."""

    def busy(self) -> float:
        """How many seconds what is saved just now takes, without a wait for a lock or the disk."""

    def watch(self, changed: "Event") -> AbstractContextManager[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile.

        By whichever process, and also where nothing was: look, and wait again.
        """

    def check_place(self) -> None:
        """Raises `StoreGone` where the database is not the one that was opened any more."""

    def close(self) -> None:
        """Commit what was handed in, then let go. Closing twice is harmless."""
