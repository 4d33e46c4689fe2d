"""A piece of work as one transaction."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from store.postgresql.statements import DriverConnection, PostgresqlConnection

T = TypeVar("T")

Work = Callable[[PostgresqlConnection], T]

# Nobody waits long for who stands still, and who is gone holds nothing for long.
BEGIN = (
    b"BEGIN; SET LOCAL lock_timeout = '1500ms'; SET LOCAL statement_timeout = '10s';"
    b" SET LOCAL idle_in_transaction_session_timeout = '5s'"
)
# It is on the disk with the next commit that is waited for, on whichever connection.
WITH_THE_NEXT = BEGIN + b"; SET LOCAL synchronous_commit = off"
OF_ONE_MOMENT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class NotCommitted(RuntimeError):
    """A statement had failed, and the work went on as if it had not: nothing of it is saved."""


def transact(connection: DriverConnection, work: Work[T], *, begin: bytes = BEGIN) -> T:
    """Do the work, all of it or nothing. Raises `psycopg.Error` and what `work` raises."""
    session = PostgresqlConnection(connection, begin=begin)
    try:
        value = work(session)
        commit(session)
    except Exception:
        roll_back(connection)
        raise
    return value


def commit(session: PostgresqlConnection) -> None:
    """Send what has not been, and the end of it. Raises `psycopg.Error`, `NotCommitted`."""
    ended = session.send(b"COMMIT")
    assert ended
    ended.set_result(-1)
    if ended.statusmessage != "COMMIT":
        raise NotCommitted


def roll_back(connection: DriverConnection) -> None:
    """Where there is something to be rolled back; a connection that is lost has done so itself."""
    if connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
