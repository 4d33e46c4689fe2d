"""The connections of one process: few, and made again when they are lost."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import gevent
import psycopg
from gevent.lock import BoundedSemaphore
from psycopg.pq import TransactionStatus

from settings.language import said
from store.errors import StoreUnavailable
from store.postgresql.address import Address
from store.postgresql.errors import named
from store.postgresql.opening import connect
from store.postgresql.statements import DriverConnection
from store.postgresql.waiting import GreenletConnection

MOST = 8
STANDSTILL = 12.0  # seconds that one use may take: longer than any statement


class ConnectionPool:
    """Each is lent to one greenlet at a time; `MOST` are lent at once, and one is left for reads.

    What is read says who has to be told at once: it must not stand in line with what is saved.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._turn = BoundedSemaphore(MOST)
        self._turn_to_write = BoundedSemaphore(MOST - 1)
        self._free: list[DriverConnection] = []
        self._trouble: Exception | None = None  # why there was no connection the last time
        self._closed = False

    @contextmanager
    def one(self, *, wait: float, reads: bool = False) -> Iterator[DriverConnection]:
        """A connection within `wait` seconds. Raises `StoreUnavailable`, or `psycopg.Error`."""
        give_up_at = time.monotonic() + wait
        with ExitStack() as turns:
            if not reads:
                self._line_up(self._turn_to_write, give_up_at, turns)
            self._line_up(self._turn, give_up_at, turns)
            connection = self._free.pop() if self._free else self._new()
            try:
                with gevent.Timeout(STANDSTILL, _stands_still(self._address)):
                    yield connection
            finally:
                self._take_back(connection)

    def _line_up(self, turn: BoundedSemaphore, give_up_at: float, turns: ExitStack) -> None:
        if not turn.acquire(timeout=max(0.0, give_up_at - time.monotonic())):
            raise StoreUnavailable(str(self._trouble or said("no connection became free in time")))
        turns.callback(turn.release)

    def drop_free(self) -> None:
        """One was lost, as the others will have been by then."""
        while self._free:
            self._free.pop().close()

    def close(self) -> None:
        """Let go of those that are free, and of the others when they come back."""
        self._closed = True
        self.drop_free()

    def _new(self) -> DriverConnection:
        try:
            connection = connect(self._address, GreenletConnection)
        except (psycopg.Error, OSError) as error:
            self._trouble = named(error, self._address)
            raise
        self._trouble = None
        return connection

    def _take_back(self, connection: DriverConnection) -> None:
        """What was left in the middle of something is of no use to anybody else."""
        if self._closed or connection.info.transaction_status != TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                connection.close()
        else:
            self._free.append(connection)


def _stands_still(address: Address) -> StoreUnavailable:
    return StoreUnavailable(said("PostgreSQL does not answer ({where})", where=address.shown))
