"""Several pieces of work in one commit, each of them saved or not as if it were alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.errors import DiskFull
from store.sqlite.checkpoints import WriteAheadLog, log_of
from store.sqlite.emptying import give_back
from store.sqlite.errors import named
from store.sqlite.pace import Pace
from store.sqlite.threads import Outcome

Work = Callable[[sqlite3.Connection], Any]


def commit(
    connection: sqlite3.Connection, works: list[Work], path: Path, pace: Pace
) -> tuple[list[Outcome], WriteAheadLog]:
    """The outcome of each work, and the log as it is by then.

    Where the disk is full the log gives its room back, and all of it is tried once more.
    """
    outcomes = _together(connection, works, pace)
    if all(isinstance(error, DiskFull) for _, error in outcomes) and give_back(connection):
        outcomes = _together(connection, works, pace)
    return outcomes, log_of(path)


def _together(connection: sqlite3.Connection, works: list[Work], pace: Pace) -> list[Outcome]:
    """All of them in one commit; where one fails, each once more in a savepoint of its own.

    Few fail, and savepoints cost as much as some works themselves.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        with pace.working():
            outcomes = _until_one_fails(connection, works)
        if len(works) > 1 and outcomes[-1][1] is not None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [_attempt(connection, work) for work in works]
        connection.execute("COMMIT" if any(error is None for _, error in outcomes) else "ROLLBACK")
    except Exception as exc:  # whatever it is, those who wait are told
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, named(exc))] * len(works)
    return outcomes


def _until_one_fails(connection: sqlite3.Connection, works: list[Work]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for work in works:
        outcomes.append(_done(connection, work))
        if outcomes[-1][1] is not None:
            break
    return outcomes


def _attempt(connection: sqlite3.Connection, work: Work) -> Outcome:
    connection.execute("SAVEPOINT work")
    outcome = _done(connection, work)
    if outcome[1] is not None:
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")
    return outcome


def _done(connection: sqlite3.Connection, work: Work) -> Outcome:
    """Raises only where the whole transaction is lost."""
    try:
        return work(connection), None
    except sqlite3.Error as exc:
        if not connection.in_transaction:  # a full disk may have rolled back everything
            raise
        return None, named(exc)
    except Exception as exc:
        return None, exc
