"""What the store holds, for tests that compare it with what should be."""

from sqlite3 import Connection

from store.messages import IN_TURN, UNFINISHED, Message


def unfinished(db: Connection) -> list[Message]:
    """Every message that is not settled, in the order in which a follower's are worked on."""
    rows = db.execute(f"SELECT * FROM messages WHERE {UNFINISHED} ORDER BY {IN_TURN}")
    return [Message(**row) for row in rows]


def moves(db: Connection, message_id: int) -> list[str]:
    """The events of a message's life, in order."""
    select = "SELECT event FROM moves WHERE message_id = :id ORDER BY id"
    return [row["event"] for row in db.execute(select, {"id": message_id})]
