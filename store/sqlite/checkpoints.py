"""Carries what was committed from SQLite's log into the database itself, beside the writer.

SQLite would do so within some commit, which then waits for three syncs of the disk and not for one.
Beside a busy writer it never comes to the end of the log, so that the log only grows; past
`AT_MOST` the writer does the rest between two commits. On a small disk both come sooner.

What was erased still stands in the log, which is written over at some time or other: so it is
emptied then, soon, and beside the writer too.
"""

import math
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gevent
from gevent.threadpool import ThreadPool

from settings.announcements import announce
from store.errors import StoreDamaged
from store.sqlite.emptying import give_back
from store.sqlite.errors import named
from store.sqlite.opening import LOG_KEPT

BEGIN_AT = LOG_KEPT  # bytes of log, as SQLite does by itself
AT_MOST = 64 * 1024 * 1024  # bytes of log that are carried while others write
LEAST = 64 * 1024  # bytes, below which it is not worth it
EMPTIED_EVERY = 5.0  # seconds, however often something is erased

Connection = sqlite3.Connection


@dataclass(frozen=True)
class WriteAheadLog:
    """The log of a database: its bytes, and what it and all that is free of the disk come to."""

    bytes: int
    room: int

    @property
    def begin_at(self) -> int:
        """How long it may be until what is in it is carried over."""
        return max(LEAST, min(BEGIN_AT, self.room // 16))

    @property
    def at_most(self) -> int:
        """How long it may be until the writer does it."""
        return max(2 * LEAST, min(AT_MOST, self.room // 4))


class Checkpoints:
    """`connection` is its own one, used in a thread of its own.

    `allowed` is asked there, before anything is written to the file. `damage`: what it met.
    """

    def __init__(self, connection: Connection, allowed: Callable[[], bool]) -> None:
        self._connection = connection
        self._allowed = allowed
        self._thread = ThreadPool(1)
        self._running: gevent.Greenlet[..., None] | None = None
        self._due_at = self._bytes = 0
        self._emptied_at = -math.inf
        self.something_was_erased = False  # by what is committed by now; for any thread
        self.damage: StoreDamaged | None = None

    def after_commit(self, log: WriteAheadLog) -> bool:
        """Begin one where the log is long enough. Returns whether the writer had better do it."""
        if log.bytes < self._bytes:  # it began anew, in a file that is cut to what is kept of it
            self._due_at = 0
        self._bytes = log.bytes
        empties = time.monotonic() - self._emptied_at >= EMPTIED_EVERY
        if self.something_was_erased and empties and not self._running:
            self._emptied_at = time.monotonic()
            self._begin(self._empty)
        if log.bytes <= max(self._due_at, log.begin_at) or self._running:
            return False
        self._due_at = log.bytes + log.begin_at
        if log.bytes >= log.at_most:
            return True
        self._begin(self._carry_over)
        return False

    def _begin(self, work: Callable[[], None]) -> None:
        self._running = gevent.spawn(self._thread.apply, work)
        self._running.rawlink(self._ended)

    def _carry_over(self) -> None:
        if self._allowed():
            self.damage = checkpoint(self._connection) or self.damage

    def _empty(self) -> None:
        """Nobody can write while the log is emptied: there is next to nothing left by then."""
        self.something_was_erased = False
        for _ in range(2):
            self._carry_over()
        if not (self._allowed() and give_back(self._connection)):
            self.something_was_erased = True

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return self._running is not None

    def close(self) -> None:
        """Let the one that runs come to its end, then let go of the file."""
        if self._running:
            self._running.join()
        self._thread.apply(self._connection.close)
        self._thread.kill()

    def _ended(self, _: object) -> None:
        self._running = None


def log_of(database: Path) -> WriteAheadLog:
    """How long the log is, and could be."""
    try:
        length = os.stat(f"{database}-wal").st_size
    except OSError:
        length = 0
    return WriteAheadLog(length, length + _free(database, int(time.monotonic())))


@lru_cache(maxsize=1)
def _free(database: Path, second: int) -> int:
    """How many bytes of the disk are free: asked for once a second, and not at each commit."""
    try:
        disk = os.statvfs(database)
    except OSError:
        return 16 * BEGIN_AT
    return disk.f_bavail * disk.f_frsize


def keep_short(connection: Connection, log: WriteAheadLog) -> None:
    """Have a log that begins anew give back to a small disk what it does not need."""
    connection.execute(f"PRAGMA journal_size_limit = {log.begin_at}")


def checkpoint(connection: Connection) -> StoreDamaged | None:
    """Carry over what can be carried without waiting for anybody. Returns damage that it met."""
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except (sqlite3.Error, MemoryError) as exc:
        error = named(exc)
        announce("no_checkpoint", "error", reason=error)
        return error if isinstance(error, StoreDamaged) else None
    return None
