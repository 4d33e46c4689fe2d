"""Several pieces of work in one commit, each of them saved or not as if it were alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.database import WorkResult
from store.errors import DiskFull
from store.sqlite.checkpoints import WriteAheadLog, log_of
from store.sqlite.emptying import give_back
from store.sqlite.errors import named
from store.sqlite.pace import Pace

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
        connection.execute("BEGIN IMMEDIATE")
        with pace.working():
            results = _until_one_fails(connection, works)
        if len(works) > 1 and results[-1][1] is not None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            results = [_attempt(connection, work) for work in works]
        connection.execute("COMMIT" if any(error is None for _, error in results) else "ROLLBACK")
    except Exception as exc:  # whatever it is, those who wait are told
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, named(exc))] * len(works)
    return results


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
