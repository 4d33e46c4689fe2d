"""Tells those who wait that something was saved, by whichever host: LISTEN and NOTIFY.

Each process tells the others after its commits, in a statement of its own: a commit that notifies
would have to wait for all others. Nothing depends on a notification: who waits also looks every
`ANYWAY`, and anew whenever the listener comes back. Where a pooler lets none through, PostgreSQL is
asked as long as somebody waits whether anything was committed, which costs it next to nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import gevent
import psycopg
from gevent.event import Event

from settings.announcements import announce
from settings.language import said
from store.errors import StoreError
from store.postgresql.statements import DriverConnection

CHANNEL = "huixin"
TOLD_EVERY = 0.02  # seconds, at the most
ANYWAY = 1.0  # seconds: a process may have died between its commit and its telling
ASKED_EVERY = 0.03  # seconds, where notifications do not come through
CHECKED_EVERY = 10  # silences of `ANYWAY`, then the listener's connection is tried
AGAIN = 0.5  # seconds until a lost listener is opened anew

LISTEN = f"LISTEN {CHANNEL}".encode()
NOTIFY = f"NOTIFY {CHANNEL}".encode()
# Another text after each transaction that has written, of whichever database of the server.
COMMITTED = b"SELECT pg_current_snapshot()::text AS seen"


class NotificationListener:
    """`connect` opens a connection for itself, `tell` sends a statement on any."""

    def __init__(
        self, connect: Callable[[], DriverConnection], tell: Callable[[bytes], None]
    ) -> None:
        self._connect = connect
        self._tell = tell
        self._watchers: set[Event] = set()
        self._somebody_waits = Event()
        self._listener: gevent.Greenlet[[], None] | None = None
        self._teller: gevent.Greenlet[[], None] | None = None
        self._told_at = 0.0
        self._said_so = False  # that notifications do not come through
        self._closed = False

    @contextmanager
    def watch(self, changed: Event) -> Iterator[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        self._watchers.add(changed)
        self._somebody_waits.set()
        if not self._listener:
            self._listener = gevent.spawn(self._listen)
        try:
            yield
        finally:
            self._watchers.discard(changed)
            if not self._watchers:
                self._somebody_waits.clear()

    def saved(self) -> None:
        """Something was: have the others told, together with what is saved a moment later."""
        if not (self._teller or self._closed):
            self._teller = gevent.spawn(self._tell_them)

    def close(self) -> None:
        """Tell the last, and listen no more."""
        self._closed = True
        if self._teller:
            self._teller.join()
        if self._listener:
            self._listener.kill()

    def _tell_them(self) -> None:
        gevent.sleep(max(0.0, self._told_at + TOLD_EVERY - time.monotonic()))
        self._told_at, self._teller = time.monotonic(), None
        with suppress(StoreError, psycopg.Error, OSError):  # who waits looks anyway
            self._tell(NOTIFY)

    def _listen(self) -> None:
        while True:
            connection = None
            try:
                connection = self._connect()
                self._hear(connection)
            except (psycopg.Error, OSError):
                gevent.sleep(AGAIN)
            finally:
                if connection:
                    connection.close()

    def _hear(self, connection: DriverConnection) -> None:
        """Until the connection is lost. What came while there was none is looked for at once."""
        connection.execute(LISTEN)
        self._wake()
        self.saved()  # so that we must hear ourselves
        if self._news(connection):
            while True:
                self._wait_for_news(connection)
        if not self._said_so:
            announce(
                "no_notifications",
                "warning",
                advice=said(
                    "a pooler in transaction mode lets none through: it works, and asks often"
                ),
            )
        self._said_so = True
        while True:
            self._ask(connection)

    def _news(self, connection: DriverConnection) -> bool:
        """Whether somebody tells within `ANYWAY` that something was saved."""
        news = bool(list(connection.notifies(timeout=ANYWAY, stop_after=1)))
        self._wake()
        return news

    def _wait_for_news(self, connection: DriverConnection) -> None:
        silences = 0
        while silences < CHECKED_EVERY:
            silences = 0 if self._news(connection) else silences + 1
        connection.execute(b"SELECT 1")

    def _ask(self, connection: DriverConnection) -> None:
        """As long as somebody waits: whether anything was committed since the last time.

        A pooler may pass on a notification by chance: that is no reason to rely on the next.
        """
        seen, woken_at = None, 0.0
        while self._somebody_waits.wait(CHECKED_EVERY * ANYWAY):
            gevent.sleep(ASKED_EVERY)
            row, now = connection.execute(COMMITTED).fetchone(), time.monotonic()
            if row != seen or now - woken_at > ANYWAY:
                self._wake()
                seen, woken_at = row, now
        connection.execute(b"SELECT 1")

    def _wake(self) -> None:
        for changed in self._watchers:
            changed.set()
