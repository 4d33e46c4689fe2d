"""The one way to a database that several hosts share: `write` commits, `read` looks.

The driver waits as gevent does, so nothing here needs a thread. Each piece of work is a transaction
of its own on one of a few connections: what would make two of them meet is held by its row, see
`store.followers.hold`, so that none ever waits for one that waits for it.
"""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import gevent
from gevent.event import AsyncResult, Event

from settings.language import said
from store.database import Connection, WorkResult
from store.errors import StoreGone, StoreUnavailable
from store.given_up import GivenUp
from store.postgresql import migrations
from store.postgresql.address import Address
from store.postgresql.clock import DatabaseClock
from store.postgresql.connections import ConnectionPool
from store.postgresql.errors import is_lost, may_be_done_again, named
from store.postgresql.identity import which
from store.postgresql.later import Later
from store.postgresql.listening import NotificationListener
from store.postgresql.opening import connect
from store.postgresql.statements import DriverConnection, PostgresqlConnection
from store.postgresql.transactions import BEGIN, WITH_THE_NEXT, Work, transact

P = ParamSpec("P")
T = TypeVar("T")

WAIT = 4.0  # seconds for a database that is gone to come back, and for a connection to be free
PAUSE = 0.1  # seconds until it is tried again
TO_END = 5.0  # seconds for what is under way when all is closed
ANEW = 1.0  # seconds after it was away: the line that has formed is no sign of too much to do
OF_NOW = 1.0  # seconds for which the last commit says something
# A row that is written when nothing else would make sure that what was put off is on the disk.
FLUSH = """
    INSERT INTO facts (name, value, expires_at) VALUES ('flushed', '', 0)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


class PostgresDatabase:
    """A migrated PostgreSQL database, as its `url` says.

    `clock` gives the time in seconds since 1970, the database's where none is given; `steady` that
    of a clock that nobody sets. Raises `StoreError` where it cannot be opened.
    """

    def __init__(
        self,
        url: str,
        *,
        scripts: Path = migrations.SCRIPTS,
        clock: Callable[[], float] | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = Address.of(url)
        self._database_clock = DatabaseClock(time.monotonic)
        self.clock: Callable[[], float] = clock or self._database_clock
        self.steady = steady
        self._connections = ConnectionPool(self._address)
        self._under_way: dict[object, float] = {}  # when each came, the oldest first
        self._waited = self._committed_at = 0.0
        self._away_until = time.monotonic() + ANEW
        self._closed = False
        self._given_up = GivenUp()
        try:
            with self._connections.one(wait=WAIT) as connection:
                migrations.migrate(connection, scripts)
                self._which = self._look(connection)
        except Exception as error:
            self._connections.close()
            raise named(error, self._address) from None
        self._later = Later(self._do_later, self._given_up.add)
        self._listening = NotificationListener(partial(connect, self._address), self._tell)

    def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(connection, ...)` and return its value once it is saved.

        All of it is saved or none: what `work` raises is raised here after a rollback. It is run
        again where others were at the same, or where the connection was lost. Raises
        `StoreUnavailable` where the database could not take it.
        """
        if self._closed:
            raise StoreUnavailable(said("the database is closed"))
        done: AsyncResult[T] = AsyncResult()
        bound = _bound(work, args, kwargs)
        gevent.spawn(self._do_now, bound, done, self._later.hand_in())
        return cast(T, done.get())

    def write_soon(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> "AsyncResult[T]":
        """Like `write`, without waiting; work is done in the order it was handed in.

        What is written after it finds it done. While the database cannot be used it is kept, and
        tried again, a little while also after `close`. What is given up then is told of in one
        line.
        """
        if self._closed:
            closed: AsyncResult[T] = AsyncResult()
            closed.set_exception(StoreUnavailable(said("the database is closed")))
            return closed
        return self._later.put(_bound(work, args, kwargs))

    def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(connection, ...)` on what has been committed. Raises `StoreUnavailable`."""
        return self._on_one(
            lambda one: work(PostgresqlConnection(one, reads=True), *args, **kwargs), reads=True
        )

    def apart(self) -> float:
        """How many seconds `clock` is ahead of this machine's."""
        return self.clock() - time.time()

    def behind(self) -> float:
        """For how many seconds the oldest work that was handed in has waited; 0 for none."""
        oldest = next(iter(self._under_way.values()), None)
        return time.monotonic() - oldest if oldest is not None else 0.0

    def busy(self) -> float:
        """How many seconds a message waits for connections, two in all, while others commit.

        Not where nothing is committed: then all wait for the database, and are better held.
        """
        return 2 * self._waited if time.monotonic() - self._committed_at < OF_NOW else 0.0

    def watch(self, changed: Event) -> AbstractContextManager[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        return self._listening.watch(changed)

    def check_place(self) -> None:
        """Raises `StoreGone` where it is another one by now, `StoreUnavailable` where it reads."""
        if self._on_one(self._look) != self._which:
            raise StoreGone(
                said("another database is at {where} by now", where=self._address.shown)
            )

    def close(self) -> None:
        """Commit what was handed in, then let go. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        give_up_at = time.monotonic() + TO_END
        while self._under_way and time.monotonic() < give_up_at:
            gevent.sleep(PAUSE)
        self._later.close()
        self._given_up.tell()
        self._listening.close()
        self._connections.close()

    def _look(self, connection: DriverConnection) -> int:
        """Which database it is, and what time it has. Raises `StoreUnavailable` where it reads."""
        self._database_clock.look(connection)
        return which(connection, self._address)

    def _do_now(
        self, work: Work[Any], done: "AsyncResult[Any]", before: "AsyncResult[Any] | None"
    ) -> None:
        """In a greenlet of its own: who waits for it may be ended meanwhile."""
        began = self._under_way[done] = time.monotonic()
        try:
            if before and not (before.wait(WAIT) or before.ready()):
                raise self._later.trouble or StoreUnavailable(said("earlier writes take too long"))
            done.set(self._on_one(partial(self._commit, work=work, began=began)))
        except BaseException as error:
            done.set_exception(error)
        finally:
            del self._under_way[done]

    def _commit(self, connection: DriverConnection, *, work: Work[T], began: float) -> T:
        waited = max(0.0, time.monotonic() - max(began, self._away_until))
        value = transact(connection, work)
        self._waited, self._committed_at = waited, time.monotonic()
        self._listening.saved()
        return value

    def _on_one(self, use: Callable[[DriverConnection], T], *, reads: bool = False) -> T:
        """Use a connection, and another one where it was lost. Raises what `use` does, named."""
        give_up_at = time.monotonic() + WAIT
        while True:
            try:
                with self._connections.one(wait=give_up_at - time.monotonic(), reads=reads) as one:
                    return use(one)
            except Exception as error:
                lost = is_lost(error)
                if lost:
                    self._away_until = time.monotonic() + ANEW
                    self._connections.drop_free()
                elif not may_be_done_again(error):
                    raise named(error, self._address) from None
                if time.monotonic() + PAUSE >= give_up_at:
                    raise named(error, self._address) from None
            gevent.sleep(PAUSE * random.random() * (2 if lost else 0.2))

    def _do_later(self, works: list[Work[Any]]) -> list[WorkResult]:
        """Each by itself, in order, so that none holds what is another's; the last is waited for.

        Raises `StoreError` where the connection was lost, when none of them is surely saved.
        """
        return self._on_one(partial(self._do_each, works=works))

    def _do_each(self, connection: DriverConnection, *, works: list[Work[Any]]) -> list[WorkResult]:
        results: list[WorkResult] = []
        for number, work in enumerate(works, 1):
            begin = BEGIN if number == len(works) else WITH_THE_NEXT
            result = self._result(connection, work, begin)
            if isinstance(result[1], StoreUnavailable):
                if number == 1:
                    raise result[1]
                break
            results.append(result)
        if len(results) < len(works) or (results[-1][1] and len(works) > 1):
            transact(connection, lambda db: db.execute(FLUSH).rowcount)
        self._listening.saved()
        return results

    def _result(self, connection: DriverConnection, work: Work[Any], begin: bytes) -> WorkResult:
        """Raises `psycopg.Error` where the connection is lost."""
        while True:
            try:
                return transact(connection, work, begin=begin), None
            except Exception as error:
                if is_lost(error):
                    raise
                if not may_be_done_again(error):
                    return None, named(error, self._address)
            gevent.sleep(PAUSE * random.random())

    def _tell(self, statement: bytes) -> None:
        with self._connections.one(wait=WAIT) as connection:
            connection.execute(statement)


def _bound(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[[PostgresqlConnection], T]:
    return lambda connection: work(connection, *args, **kwargs)
