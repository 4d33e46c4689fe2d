"""Carries what was committed from SQLite's log into the database itself, beside the writer.

SQLite would do so within some commit, which then waits for three syncs of the disk and not for one.
Beside a busy writer it never comes to the end of the log, so that the log only grows; past
`AT_MOST` the writer does the rest between two commits.
"""

import os
import sqlite3
from pathlib import Path

import gevent
from gevent.threadpool import ThreadPool

from settings.announcements import announce
from store.sqlite.errors import named
from store.sqlite.opening import LOG_KEPT

BEGIN_AT = LOG_KEPT  # bytes of log, as SQLite does by itself
AT_MOST = 64 * 1024 * 1024  # bytes of log that are carried while others write

Connection = sqlite3.Connection


class Checkpoints:
    """`connection` is its own one, used in a thread of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._thread = ThreadPool(1)
        self._running: gevent.Greenlet[..., None] | None = None
        self._due_at = BEGIN_AT

    def after_commit(self, log_bytes: int) -> bool:
        """Begin one where the log is long enough. Returns whether the writer had better do it."""
        if log_bytes < BEGIN_AT:
            self._due_at = BEGIN_AT
        if log_bytes < self._due_at or self._running:
            return False
        self._due_at = log_bytes + BEGIN_AT
        if log_bytes >= AT_MOST:
            return True
        self._running = gevent.spawn(self._thread.apply, checkpoint, (self._connection,))
        self._running.rawlink(self._ended)
        return False

    def close(self) -> None:
        """Let the one that runs come to its end, then let go of the file."""
        if self._running:
            self._running.join()
        self._thread.apply(self._connection.close)
        self._thread.kill()

    def _ended(self, _: object) -> None:
        self._running = None


def log_bytes(database: Path) -> int:
    """How long the log is."""
    try:
        return os.stat(f"{database}-wal").st_size
    except OSError:
        return 0


def checkpoint(connection: Connection) -> None:
    """Carry over what can be carried without waiting for anybody."""
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except (sqlite3.Error, MemoryError) as exc:
        announce("no_checkpoint", "error", reason=named(exc))
