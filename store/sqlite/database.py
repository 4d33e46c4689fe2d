"""The one way to the database: `write` commits, `read` looks, both off the event loop.

SQLite stops every greenlet while it works (and while a disk syncs), so each connection lives in a
real thread of its own. Work that arrives while a commit is under way is committed together by the
next one (group commit): a slow disk costs one wait, not one for each message.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import gevent
from gevent.event import AsyncResult, Event
from gevent.threadpool import ThreadPool

from store.sqlite.checkpoints import BEGIN_AT, Checkpoints, checkpoint, log_bytes
from store.sqlite.errors import named
from store.sqlite.migrations import migrate
from store.sqlite.soundness import check, check_place, megabytes, place

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 1.5  # how long a writer waits for another process's transaction
Work = Callable[[sqlite3.Connection], Any]


class SqliteDatabase:
    """A migrated SQLite database.

    `path` is the file (its folder is made), `migrations` the folder of numbered scripts, `clock`
    gives the time in seconds since 1970. The whole file is read to see that it is sound, unless
    somebody has `checked` it. Raises `StoreUnavailable` where it cannot be opened, `StoreDamaged`.
    """

    def __init__(
        self,
        path: Path,
        *,
        migrations: Path,
        clock: Callable[[], float] = time.time,
        checked: bool = False,
    ) -> None:
        self.path = path
        self.clock = clock
        self._writer = ThreadPool(1)
        self._reader = ThreadPool(1)
        self._waiting: list[tuple[Work, AsyncResult[Any]]] = []
        self._arrived = Event()
        if not checked:
            log.info("event=checking_database megabytes=%.1f path=%s", megabytes(path), path)
        try:
            self._writing = _run(self._writer, _open, path, migrations, checked)
            self._reading = _run(self._reader, _open, path, None)
            self._opened = _run(self._reader, place, path)
            self._checkpoints = Checkpoints(_run(self._reader, _open, path, None))
        except BaseException:
            self._kill_threads()
            raise
        self._committer = gevent.spawn(self._commit_what_arrives)

    def write(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(connection, ...)` and return its value once it is safely on the disk.

        All of it is saved or none: what `work` raises is raised here after a rollback. Raises
        `StoreUnavailable` where the database could not take it; nothing is saved then.
        """
        value: Any = self.write_soon(work, *args, **kwargs).get()
        return cast(T, value)

    def write_soon(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> "AsyncResult[T]":
        """Like `write`, without waiting; work is done in the order it was handed in."""
        done: AsyncResult[T] = AsyncResult()
        self._waiting.append((lambda connection: work(connection, *args, **kwargs), done))
        self._arrived.set()
        return done

    def read(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(connection, ...)` on what has been committed. Raises `StoreUnavailable`."""
        looking = partial(_call, work, args, kwargs)
        return cast(T, _run(self._reader, _look, self._reading, looking))

    def check_place(self) -> None:
        """Raises `StoreGone` where the file was deleted or replaced since it was opened."""
        _run(self._reader, check_place, self.path, self._opened)

    def close(self) -> None:
        """Commit what was handed in, then let go of the file. Closing twice is harmless."""
        if self._committer.dead:
            return
        self._waiting.append((_stop, AsyncResult()))
        self._arrived.set()
        self._committer.join()
        self._checkpoints.close()
        self._reader.apply(self._reading.close)
        self._writer.apply(_close, (self._writing,))
        self._kill_threads()

    def _commit_what_arrives(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            batch, self._waiting = self._waiting, []
            works = [work for work, _ in batch if work is not _stop]
            outcomes, length = self._writer.apply(_commit, (self._writing, works, self.path))
            for (_, done), (value, error) in zip(batch, outcomes, strict=False):
                if error is None:
                    done.set(value)
                else:
                    done.set_exception(error)
            if len(works) < len(batch):
                return
            if self._checkpoints.after_commit(length):
                self._writer.apply(checkpoint, (self._writing,))

    def _kill_threads(self) -> None:
        self._writer.kill()
        self._reader.kill()


Outcome = tuple[Any, BaseException | None]


def _run(thread: ThreadPool, work: Callable[..., Any], *args: Any) -> Any:
    """Run in a real thread. What it raises is raised here: gevent would print it there."""
    value, error = thread.apply(_outcome, (work, args))
    if error:
        raise error
    return value


def _outcome(work: Callable[..., Any], args: tuple[Any, ...]) -> Outcome:
    try:
        return work(*args), None
    except Exception as exc:
        return None, exc


def _open(path: Path, migrations: Path | None, checked: bool = True) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        if migrations is None:
            connection.execute("PRAGMA query_only = ON")
        else:
            if not checked:
                check(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            # What is erased leaves the file too, however SQLite was built.
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA journal_size_limit = {BEGIN_AT}")
            migrate(connection, migrations)
    except (sqlite3.Error, OSError) as exc:
        raise named(exc, path) from exc
    return connection


def _commit(
    connection: sqlite3.Connection, works: list[Work], path: Path
) -> tuple[list[Outcome], int]:
    """The outcome of each work, and the bytes of log there are by then."""
    return _commit_together(connection, works), log_bytes(path)


def _close(connection: sqlite3.Connection) -> None:
    """What closing would wait for with the interpreter's lock held is done before."""
    checkpoint(connection)
    connection.close()


def _commit_together(connection: sqlite3.Connection, works: list[Work]) -> list[Outcome]:
    """Each work in a savepoint of its own, all of them in one commit."""
    if not works:
        return []
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, work) for work in works]
        connection.execute("COMMIT")
    except sqlite3.Error as exc:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, named(exc))] * len(works)
    return outcomes


def _attempt(connection: sqlite3.Connection, work: Work) -> Outcome:
    """Raises `sqlite3.Error` only where the whole transaction is lost."""
    connection.execute("SAVEPOINT work")
    try:
        outcome: Outcome = (work(connection), None)
    except sqlite3.Error as exc:
        if not connection.in_transaction:  # a full disk may have rolled back everything
            raise
        connection.execute("ROLLBACK TO work")
        outcome = (None, named(exc))
    except Exception as exc:
        connection.execute("ROLLBACK TO work")
        outcome = (None, exc)
    connection.execute("RELEASE work")
    return outcome


def _look(connection: sqlite3.Connection, work: Work) -> Any:
    try:
        return work(connection)
    except sqlite3.Error as exc:
        raise named(exc) from exc


def _call(
    work: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    connection: sqlite3.Connection,
) -> T:
    return work(connection, *args, **kwargs)


def _stop(connection: sqlite3.Connection) -> None:
    """Never run: its place in the queue is the end of it."""
