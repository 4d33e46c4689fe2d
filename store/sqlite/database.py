"""The one way to the database: `write` commits, `read` looks, both off the event loop.

SQLite stops every greenlet while it works (and while a disk syncs), so each connection lives in a
real thread of its own. Work that arrives while a commit is under way is committed together by the
next one (group commit): a slow disk costs one wait, not one for each message.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast

from gevent.event import AsyncResult, Event

from settings.announcements import announce
from store.sqlite.checkpoints import Checkpoints, checkpoint
from store.sqlite.committing import Work, commit
from store.sqlite.errors import named
from store.sqlite.migrations import migrate
from store.sqlite.opening import connect
from store.sqlite.soundness import check, check_place, megabytes, place
from store.sqlite.threads import BatchThread, Outcome
from store.sqlite.watching import Watching

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
        self._closed = False
        self._log_bytes = 0
        self._checkpoint_is_due = False
        self._reader: BatchThread[Callable[[], Any]] = BatchThread(_do_each)
        if not checked:
            announce("checking_database", megabytes=round(megabytes(path), 1), path=str(path))
        try:
            self._writing = self._run(_prepared, path, migrations, checked)
            self._reading = self._run(_connected, path, "ro")
            self._opened = self._run(place, path)
            self._checkpoints = Checkpoints(self._run(_connected, path, "rw"))
        except BaseException:
            self._reader.close()
            raise
        self._watching = Watching(partial(self.read, _version))
        self._writer: BatchThread[Work] = BatchThread(self._commit, self._after_commit)

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
        value: Any = self._writer.submit(_bound(work, args, kwargs)).get()
        return cast(T, value)

    def write_soon(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> "AsyncResult[T]":
        """Like `write`, without waiting; work is done in the order it was handed in.

        It is committed with what somebody waits for, or a moment later; while the database cannot
        be used it is kept, and tried again.
        """
        return self._writer.put_off(_bound(work, args, kwargs))

    def read(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(connection, ...)` on what has been committed. Raises `StoreUnavailable`."""
        return cast(T, self._run(_look, self._reading, _bound(work, args, kwargs)))

    def behind(self) -> float:
        """For how many seconds the oldest work that was handed in has waited; 0 for none."""
        return max(self._writer.behind(), self._reader.behind())

    def watch(self, changed: Event) -> AbstractContextManager[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        return self._watching.watch(changed)

    def check_place(self) -> None:
        """Raises `StoreGone` where the file was deleted or replaced since it was opened."""
        self._run(check_place, self.path, self._opened)

    def close(self) -> None:
        """Commit what was handed in, then let go of the file. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._watching.close()
        self._checkpoints.close()
        self._run(self._reading.close)
        self._run(_close, self._writing)
        self._reader.close()

    def _run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run in the reader's thread. What it raises is raised here."""
        return self._reader.submit(partial(work, *args)).get()

    def _commit(self, works: list[Work]) -> list[Outcome]:
        """In the writer's thread."""
        if self._checkpoint_is_due:
            self._checkpoint_is_due = False
            checkpoint(self._writing)
        outcomes, self._log_bytes = commit(self._writing, works, self.path)
        return outcomes

    def _after_commit(self) -> None:
        """On the event loop."""
        if self._checkpoints.after_commit(self._log_bytes):
            self._checkpoint_is_due = True


def _bound(work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Work:
    return lambda connection: work(connection, *args, **kwargs)


def _do_each(jobs: list[Callable[[], Any]]) -> list[Outcome]:
    return [_outcome(job) for job in jobs]


def _outcome(job: Callable[[], Any]) -> Outcome:
    try:
        return job(), None
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
