"""The one way to the database: `write` commits, `read` looks, both off the event loop.

SQLite stops every greenlet while it works (and while a disk syncs), so each connection lives in a
real thread of its own. Work that arrives while a commit is under way is committed together by the
next one (group commit): a slow disk costs one wait, not one for each message.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast

import gevent
from gevent.event import AsyncResult, Event
from gevent.threadpool import ThreadPool

from store.sqlite.checkpoints import Checkpoints, checkpoint
from store.sqlite.committing import Outcome, Work, commit
from store.sqlite.errors import named
from store.sqlite.migrations import migrate
from store.sqlite.opening import connect
from store.sqlite.soundness import check, check_place, megabytes, place
from store.sqlite.watching import Watching

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 1.5  # how long a writer waits for another process's transaction


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
            self._writing = _run(self._writer, _prepared, path, migrations, checked)
            self._reading = _run(self._reader, _connected, path, "ro")
            self._opened = _run(self._reader, place, path)
            self._checkpoints = Checkpoints(_run(self._reader, _connected, path, "rw"))
        except BaseException:
            self._kill_threads()
            raise
        self._watching = Watching(partial(self.read, _version))
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

    def watch(self, changed: Event) -> AbstractContextManager[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        return self._watching.watch(changed)

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
        self._watching.close()
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
            outcomes, length = self._writer.apply(commit, (self._writing, works, self.path))
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


def _prepared(path: Path, migrations: Path, checked: bool) -> sqlite3.Connection:
    """The writer's, to a file that is there by then, is sound and of this version."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(path, "rwc", wait=BUSY_SECONDS)
        if not checked:
            check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, migrations)
    except (sqlite3.Error, OSError) as exc:
        raise named(exc, path) from exc
    return connection


def _connected(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    try:
        return connect(path, mode, wait=BUSY_SECONDS)
    except sqlite3.Error as exc:
        raise named(exc, path) from exc


def _close(connection: sqlite3.Connection) -> None:
    """What closing would wait for with the interpreter's lock held is done before."""
    checkpoint(connection)
    connection.close()


def _look(connection: sqlite3.Connection, work: Work) -> Any:
    try:
        return work(connection)
    except sqlite3.Error as exc:
        raise named(exc) from exc


def _version(connection: sqlite3.Connection) -> int:
    """Another number after each commit that this connection did not make."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _call(
    work: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    connection: sqlite3.Connection,
) -> T:
    return work(connection, *args, **kwargs)


def _stop(connection: sqlite3.Connection) -> None:
    """Never run: its place in the queue is the end of it."""
