"""What the store holds, for tests that compare it with what should be."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from store.database import Connection
from store.messages import IN_TURN, UNFINISHED, Message


def unfinished(db: Connection) -> list[Message]:
    """Every message that is not settled, in the order in which a follower's are worked on."""
    rows = db.execute(f"SELECT * FROM messages WHERE {UNFINISHED} ORDER BY {IN_TURN}", {})
    return [Message.of(row) for row in rows]


def moves(db: Connection, message_id: int) -> list[str]:
    """The events of a message's life, in order."""
    select = "SELECT event FROM moves WHERE message_id = :id ORDER BY id"
    return [row["event"] for row in db.execute(select, {"id": message_id})]


TABLES = tuple("followers messages moves tries history facts uploads voice_parts".split())


def everything(db: Connection) -> dict[str, set[str]]:
    """What stands in the tables of messages."""
    return {
        table: {repr(tuple(dict(row).values())) for row in db.execute(f"SELECT * FROM {table}", {})}
        for table in TABLES
    }


@contextmanager
def undone(db: Connection) -> Iterator[None]:
    """Whatever the block does is as if it had never been."""
    db.execute("BEGIN", {})
    try:
        yield
    finally:
        assert db.execute("ROLLBACK", {}).rowcount <= 0, "asked for, it is sent, if it is the last"


def close(db: Connection) -> None:
    """One of SQLite is closed; that of a server is used again."""
    if isinstance(db, sqlite3.Connection):
        db.close()
