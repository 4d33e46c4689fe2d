"""Several pieces of work in one commit, each of them saved or not as if it were alone."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gevent.monkey import get_original

from store.database import WorkResult
from store.errors import DiskFull
from store.sqlite.checkpoints import WriteAheadLog, log_of
from store.sqlite.emptying import give_back
from store.sqlite.errors import named
from store.sqlite.pace import Pace

BUSY_SECONDS = 1.5  # how long a writer waits for another process's transaction
LOOK_EVERY = 0.001  # seconds
LONG = 0.05  # seconds of a commit after which another process is let in, if one waits,
OTHERS_TURN = 0.003  # for so many seconds

_native_sleep: Callable[[float], None] = get_original("time", "sleep")

Work = Callable[[sqlite3.Connection], Any]


def commit(
    connection: sqlite3.Connection, works: list[Work], path: Path, pace: Pace
) -> tuple[list[WorkResult], WriteAheadLog]:
    """The result of each work, and the log as it is by then.

    Where the disk is full the log gives its room back, and all of it is tried once more.
    """
    results = _together(connection, works, pace)
    if all(isinstance(error, DiskFull) for _, error in results) and give_back(connection):
        results = _together(connection, works, pace)
    return results, log_of(path)


def _together(connection: sqlite3.Connection, works: list[Work], pace: Pace) -> list[WorkResult]:
    """All of them in one commit; where one fails, each once more in a savepoint of its own.

    Few fail, and savepoints cost as much as some works themselves.
    """
    try:
        _begin(connection, pace)
        with pace.working(len(works)):
            results = _until_one_fails(connection, works)
        if len(works) > 1 and results[-1][1] is not None:
            connection.execute("ROLLBACK")
            _begin(connection, pace)
            results = [_attempt(connection, work) for work in works]
        with pace.saving.under_way():
            any_is_done = any(error is None for _, error in results)
            connection.execute("COMMIT" if any_is_done else "ROLLBACK")
    except Exception as exc:  # whatever it is, those who wait are told
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, named(exc))] * len(works)
    return results


def _begin(connection: sqlite3.Connection, pace: Pace) -> None:
    """Begin to write, as soon as whoever writes just now is done. Raises `sqlite3.Error`.

    SQLite's own wait looks after ever longer pauses, up to 0.1 s: beside a process that is busy,
    and lets go for a millisecond between two commits, it found the lock taken for seconds.
    """
    if pace.lasted > LONG:
        _native_sleep(OTHERS_TURN)
    give_up_at = time.monotonic() + BUSY_SECONDS
    with pace.waiting():
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                taken = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not taken or time.monotonic() > give_up_at:
                    raise
            _native_sleep(LOOK_EVERY)


def _until_one_fails(connection: sqlite3.Connection, works: list[Work]) -> list[WorkResult]:
    results: list[WorkResult] = []
    for work in works:
        results.append(_done(connection, work))
        if results[-1][1] is not None:
            break
    return results


def _attempt(connection: sqlite3.Connection, work: Work) -> WorkResult:
    connection.execute("SAVEPOINT work")
    result = _done(connection, work)
    if result[1] is not None:
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")
    return result


def _done(connection: sqlite3.Connection, work: Work) -> WorkResult:
    """Raises only where the whole transaction is lost."""
    try:
        return work(connection), None
    except sqlite3.Error as exc:
        if not connection.in_transaction:  # a full disk may have rolled back everything
            raise
        return None, named(exc)
    except Exception as exc:
        return None, exc
