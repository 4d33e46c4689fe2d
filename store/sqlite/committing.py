"""Several pieces of work in one commit, each of them saved or not as if it were alone."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.sqlite.checkpoints import log_bytes
from store.sqlite.errors import named

Work = Callable[[sqlite3.Connection], Any]
Outcome = tuple[Any, BaseException | None]


def commit(
    connection: sqlite3.Connection, works: list[Work], path: Path
) -> tuple[list[Outcome], int]:
    """The outcome of each work, and the bytes of log there are by then."""
    return _together(connection, works), log_bytes(path)


def _together(connection: sqlite3.Connection, works: list[Work]) -> list[Outcome]:
    """Each work in a savepoint of its own, all of them in one commit."""
    if not works:
        return []
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, work) for work in works]
        connection.execute("COMMIT")
    except Exception as exc:  # whatever it is, those who wait are told
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return [(None, named(exc))] * len(works)
    return outcomes


def _attempt(connection: sqlite3.Connection, work: Work) -> Outcome:
    """Raises only where the whole transaction is lost."""
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
