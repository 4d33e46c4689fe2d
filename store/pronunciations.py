"""How followers pronounced what they said in lessons: owed, known, told.

One is owed from when its message is begun, so that a restart goes on with it. What is known waits
until a reply tells it: the next answer, as a part of it, or 继续.
"""

from dataclasses import dataclass

from store.database import Connection
from store.messages import Message
from store.outcomes import CARRIED_AWAY
from store.processes import Process

TAKEN_WITHIN = 20.0  # seconds after its message came, by the process that has begun that
KEPT = 24 * 3600.0  # seconds after its message came, for which one is told
SOON = 120.0  # seconds after it, within which one that is owed is known, or never
MOST_ATTEMPTS = 3
# Nobody who lives is at it.
FREE = """
    (taken_by IS NULL OR taken_by = :me OR NOT EXISTS (
        SELECT 1 FROM processes WHERE processes.id = taken_by AND alive_until > :now))
"""
# What is part of an answer is told, and what a reply has brought by itself.
UNTOLD = f"""
    NOT EXISTS (
        SELECT 1 FROM messages AS teller
         WHERE teller.id = told_by
           AND (teller.reply_of = teller.id OR EXISTS (
                SELECT 1 FROM tries WHERE message_id = teller.id AND {CARRIED_AWAY})))
"""


@dataclass(frozen=True)
class Owed:
    """One that is to be found out, by a process that has taken it."""

    message_id: int
    attempts: int  # this one included


def owe(db: Connection, message: Message) -> None:
    """Note that the pronunciation of a message is to be found out, unless it is noted already."""
    insert = """
        INSERT INTO pronunciations (message_id, follower_id) VALUES (:id, :follower_id)
        ON CONFLICT (message_id) DO NOTHING
    """
    db.execute(insert, {"id": message.id, "follower_id": message.follower_id})


def is_owed(db: Connection, message_id: int) -> bool:
    """Whether it is to be found out yet."""
    select = "SELECT 1 FROM pronunciations WHERE message_id = :id AND line IS NULL"
    return db.execute(select, {"id": message_id}).fetchone() is not None


def left(db: Connection, process: Process, account: str, *, most: int, at: float) -> list[Message]:
    """The account's messages whose pronunciation is owed, and that no other process is at."""
    select = f"""
        SELECT messages.* FROM messages JOIN pronunciations ON message_id = messages.id
         WHERE line IS NULL AND of_account = :account AND {FREE}
           AND (taken_by IS NOT NULL OR arrived_at < :since)
         ORDER BY message_id LIMIT :most
    """
    keys = {"me": process.id, "now": at, "since": at - TAKEN_WITHIN, "most": most}
    return [Message.of(row) for row in db.execute(select, keys | {"account": account})]


def take(db: Connection, message_id: int, process: Process, *, at: float) -> Owed | None:
    """Be the one who finds it out; None where somebody else does, or it is owed no more."""
    update = f"""
        UPDATE pronunciations SET taken_by = :me, attempts = attempts + 1
         WHERE message_id = :id AND line IS NULL AND {FREE} RETURNING attempts
    """
    keys = {"id": message_id, "me": process.id, "now": at}
    row = db.execute(update, keys).fetchone()
    return Owed(message_id, row["attempts"]) if row else None


def save(db: Connection, message_id: int, line: str) -> None:
    """What the follower is to be told."""
    update = "UPDATE pronunciations SET line = :line WHERE message_id = :id AND line IS NULL"
    db.execute(update, {"id": message_id, "line": line})


def drop(db: Connection, message_id: int) -> None:
    """There is nothing to be told."""
    db.execute("DELETE FROM pronunciations WHERE message_id = :id", {"id": message_id})


def untold(db: Connection, follower_id: int, *, at: float) -> str:
    """The newest line that a follower has not been told; "" for none."""
    select = f"""
        SELECT line FROM pronunciations
          JOIN messages ON messages.id = pronunciations.message_id
         WHERE pronunciations.follower_id = :follower_id AND line IS NOT NULL AND {UNTOLD}
           AND arrived_at > :since
         ORDER BY pronunciations.message_id DESC LIMIT 1
    """
    keys = {"follower_id": follower_id, "since": at - KEPT}
    row = db.execute(select, keys).fetchone()
    return "" if row is None else str(row["line"])


def tell(db: Connection, message: Message) -> None:
    """The reply of a message tells the newest line; none before it waits any more."""
    update = """
        UPDATE pronunciations SET told_by = :id
         WHERE follower_id = :follower_id AND line IS NOT NULL
    """
    db.execute(update, {"id": message.id, "follower_id": message.follower_id})


def put_away(db: Connection, message: Message) -> None:
    """What was said before a message is told no more once that has its reply, known or not."""
    update = """
        UPDATE pronunciations SET told_by = :id
         WHERE follower_id = :follower_id AND message_id < :id AND told_by IS NULL
    """
    db.execute(update, {"id": message.id, "follower_id": message.follower_id})


def told_along(db: Connection, message: Message, *, at: float) -> str:
    """The line that an answer tells as a part of it; "" for none."""
    if line := untold(db, message.follower_id, at=at):
        tell(db, message)
    return line


def awaited(db: Connection, follower_id: int, *, at: float) -> bool:
    """Whether there is a line to be told, or there will be one soon."""
    select = f"""
        SELECT 1 FROM pronunciations
          JOIN messages ON messages.id = pronunciations.message_id
         WHERE pronunciations.follower_id = :follower_id AND arrived_at > :since
           AND CASE WHEN line IS NULL THEN told_by IS NULL AND arrived_at > :soon
                    ELSE {UNTOLD} END
         LIMIT 1
    """
    keys = {"follower_id": follower_id, "since": at - KEPT, "soon": at - SOON}
    return db.execute(select, keys).fetchone() is not None


def owed(db: Connection, follower_id: int, *, at: float) -> bool:
    """Whether there will be one soon, and there is none to be told by now."""
    select = """
        SELECT 1 FROM pronunciations
          JOIN messages ON messages.id = pronunciations.message_id
         WHERE pronunciations.follower_id = :follower_id AND line IS NULL AND told_by IS NULL
           AND arrived_at > :soon
         LIMIT 1
    """
    keys = {"follower_id": follower_id, "soon": at - SOON}
    if db.execute(select, keys).fetchone() is None:
        return False
    return not untold(db, follower_id, at=at)


def any_of(db: Connection, follower_id: int) -> bool:
    """Whether a follower has said anything of which the pronunciation is, or was, looked at."""
    select = "SELECT 1 FROM pronunciations WHERE follower_id = :id LIMIT 1"
    return db.execute(select, {"id": follower_id}).fetchone() is not None
