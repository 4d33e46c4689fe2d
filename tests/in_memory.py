"""A database for those who only ask one: no file, no thread and no commit that takes a while."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from gevent.event import AsyncResult, Event

from tests import migrated

P = ParamSpec("P")
T = TypeVar("T")

MADE: list[sqlite3.Connection] = []  # those that nobody has: to make one takes as long as to ask it


class InMemory:
    """`store.database.Database`, as one process has it that is never interrupted.

    It is a new one to whoever has it: what is done in it is undone as it is closed.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock, self.steady = clock, steady
        self._db = MADE.pop() if MADE else migrated.in_memory()
        self._db.execute("BEGIN")
        self._watching: list[Event] = []

    def write(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        self._db.execute("SAVEPOINT work")
        try:
            value = work(self._db, *args, **kwargs)
        except BaseException:
            self._db.execute("ROLLBACK TO work")
            raise
        finally:
            self._db.execute("RELEASE work")
        for changed in self._watching:
            changed.set()
        return value

    def write_soon(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> "AsyncResult[T]":
        done: AsyncResult[T] = AsyncResult()
        done.set(self.write(work, *args, **kwargs))
        return done

    def read(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return work(self._db, *args, **kwargs)

    def apart(self) -> None:
        """Its clock is this machine's."""

    def behind(self) -> float:
        return 0.0

    def busy(self) -> float:
        return 0.0

    @contextmanager
    def watch(self, changed: Event) -> Iterator[None]:
        self._watching.append(changed)
        yield
        self._watching.remove(changed)

    def check_place(self) -> None:
        """It has none."""

    def undo(self) -> None:
        """It is a new one again."""
        self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.execute("ROLLBACK")
        MADE.append(self._db)
        del self._db  # so that nobody who comes late writes into what is another's
