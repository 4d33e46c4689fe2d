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
from typing import Any, Concatenate, ParamSpec, TypeGuard, TypeVar, cast

from gevent.event import AsyncResult, Event

from settings.announcements import announce
from store import owed_checks
from store.database import WorkResult
from store.errors import StoreDamaged
from store.given_up import GivenUp
from store.sqlite.checkpoints import Checkpoints, WriteAheadLog, checkpoint, keep_short, log_of
from store.sqlite.committing import Work, commit
from store.sqlite.database_file import mark
from store.sqlite.emptying import tell_of_erasures
from store.sqlite.errors import named
from store.sqlite.lifetime import bring_to_this_version, close_both, connected, naming, opened_at
from store.sqlite.pace import Pace
from store.sqlite.privacy import open_to_others
from store.sqlite.soundness import AT_ONCE, check, in_use, size
from store.sqlite.threads import BatchThread
from store.sqlite.watching import Watching

P = ParamSpec("P")
T = TypeVar("T")


class SqliteDatabase:
    """A migrated SQLite database.

    `path` is the file (its folder is made), `migrations` the folder of numbered scripts, `clock`
    gives the time in seconds since 1970, `steady` that of a clock that nobody sets. A file of at
    most `at_once` bytes is read to see that it is sound, unless somebody has `checked` it; a larger
    one that was not closed in order is owed that, see `owed_checks`. Raises `StoreUnavailable`
    where it cannot be opened, `StoreDamaged`.
    """

    def __init__(
        self,
        path: Path,
        *,
        migrations: Path,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        checked: bool = False,
        at_once: int = AT_ONCE,
    ) -> None:
        self.path = path
        self.clock = clock
        self.steady = steady
        self._closed = False
        self._log, self._pace = WriteAheadLog(0, 0), Pace()
        self._checkpoint_is_due = False
        self._mark_is_due = True  # as soon as something is written
        self._erases = False  # the commit that is under way
        self._damage: StoreDamaged | None = None
        self._given_up = GivenUp()
        self._reader: BatchThread[Callable[[], Any]] = BatchThread(_do_each)
        try:
            unclean = naming(path, in_use, path)
            self._writing = self._run(connected, path, "rwc")
            if not checked:
                for open_one, cure in open_to_others(path):
                    announce("open_to_others", "warning", path=str(open_one), advice=cure)
            if not checked and size(path) <= at_once:
                self._check()
            self._run(bring_to_this_version, self._writing, path, migrations)
            if not checked and size(path) > at_once:
                self._check_where_owed(unclean)
            self._reading = self._run(connected, path, "ro")
            self._run(self._writing.execute, "PRAGMA busy_timeout = 0")  # `commit` looks itself
            self._place = self._run(opened_at, path, self._reading, migrations)
            self._checkpoints = Checkpoints(
                self._run(connected, path, "rw"), allowed=self._place.is_kept
            )
            self._run(keep_short, self._writing, log_of(path))
            self._run(tell_of_erasures, self._writing, self._erasing)
        except BaseException:
            self._reader.close()
            raise
        self._watching = Watching(partial(self.read, _version))
        self._writer: BatchThread[Work] = BatchThread(
            self._commit, self._after_commit, self._given_up.add
        )

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
        be used it is kept, and tried again, a little while also after `close`. What is given up
        then is told of in one line.
        """
        return self._writer.put_off(_bound(work, args, kwargs))

    def read(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(connection, ...)` on what has been committed. Raises `StoreUnavailable`."""
        try:
            return cast(T, self._run(_look, self._reading, _bound(work, args, kwargs)))
        except StoreDamaged as error:
            self._damage = error
            raise

    def apart(self) -> None:
        """Its clock is this machine's."""

    def behind(self) -> float:
        """For how many seconds the oldest work that was handed in has waited; 0 for none."""
        return max(self._writer.behind(), self._reader.behind())

    def busy(self) -> float:
        """How many seconds what is saved just now takes, without a wait for a lock or the disk."""
        return self._pace.seconds()

    def watch(self, changed: Event) -> AbstractContextManager[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        return self._watching.watch(changed)

    def check_place(self) -> None:
        """Raises `StoreGone` where the file was deleted or replaced since it was opened.

        And `StoreDamaged` where anybody met damage in it.
        """
        self._run(self._place.check)
        if damage := self._damage or self._checkpoints.damage:
            raise damage

    def close(self) -> None:
        """Commit what was handed in, then let go of the file. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        self._given_up.tell()
        self._watching.close()
        self._checkpoints.close()
        damage = self._damage or self._checkpoints.damage
        sound = self._run(self._place.is_kept_after_all) and not damage
        # The last one to close carries the log over, which it cannot where it only reads.
        last = [self._reading, self._writing] if sound else [self._writing, self._reading]
        self._run(close_both, *last, sound)
        self._run(self._place.close)
        self._reader.close()

    def _check(self) -> None:
        megabytes = round(size(self.path) / 1e6, 1)
        announce("checking_database", megabytes=megabytes, path=str(self.path))
        self._run(naming, self.path, check, self._writing, self.path)

    def _check_where_owed(self, unclean: bool) -> None:
        """Now where damage was found before, later after an end that was not in order."""
        why = self._run(naming, self.path, owed_checks.owed, self._writing)
        if why == "found damaged":
            self._check()
            self._run(naming, self.path, owed_checks.done, self._writing)
        elif unclean:
            self._run(naming, self.path, owed_checks.owe, self._writing, "unclean end")

    def _run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run in the reader's thread. What it raises is raised here."""
        return self._reader.submit(partial(work, *args)).get()

    def _commit(self, works: list[Work]) -> list[WorkResult]:
        """In the writer's thread."""
        if self._checkpoint_is_due and self._place.is_kept():
            self._damage = checkpoint(self._writing) or self._damage
        first: list[Work] = [mark] if self._mark_is_due else []
        self._checkpoint_is_due = self._mark_is_due = False
        results, self._log = commit(self._writing, first + works, self.path, self._pace)
        if self._erases:
            self._checkpoints.something_was_erased, self._erases = True, False
        self._damage = next(filter(_is_damage, (error for _, error in results)), self._damage)
        self._mark_is_due |= any(error for _, error in results[: len(first)])
        return results[len(first) :]

    def _erasing(self) -> None:
        """In the writer's thread."""
        self._erases = True

    def _after_commit(self) -> None:
        """On the event loop."""
        due = self._checkpoints.after_commit(self._log)
        self._checkpoint_is_due |= due
        self._mark_is_due |= due or self._checkpoints.running


def _bound(work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Work:
    return lambda connection: work(connection, *args, **kwargs)


def _do_each(jobs: list[Callable[[], Any]]) -> list[WorkResult]:
    return [_result(job) for job in jobs]


def _result(job: Callable[[], Any]) -> WorkResult:
    try:
        return job(), None
    except Exception as exc:
        return None, exc


def _is_damage(error: BaseException | None) -> TypeGuard[StoreDamaged]:
    return isinstance(error, StoreDamaged)


def _look(connection: sqlite3.Connection, work: Work) -> Any:
    try:
        return work(connection)
    except sqlite3.Error as exc:
        raise named(exc) from exc


def _version(connection: sqlite3.Connection) -> int:
    """Another number after each commit that this connection did not make."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
