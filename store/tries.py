"""Tries of a message: when each came, and how it ended."""

from store import unread
from store.database import Connection
from store.messages import Message
from store.outcomes import Outcome

COME_WITHIN = 60.0  # seconds; longer than a message has tries
# The messages whose tries may still be open. A follower may have thousands, each on a page of its
# own: so what is too old is told by its number, and not looked at.
LAST_BEFORE = """
    SELECT id FROM messages
     WHERE follower_id = :follower_id AND id < :id
       AND id >= (SELECT id FROM messages WHERE arrived_at > :oldest ORDER BY arrived_at LIMIT 1)
     ORDER BY id DESC LIMIT 20
"""


def begin(db: Connection, message_id: int, *, new: bool = False, at: float) -> int:
    """Count a try that has just arrived. Returns its number, from 1: that of a `new` message."""
    number = 1 if new else _last_try(db, message_id) + 1
    insert = """
        INSERT INTO tries (message_id, number, arrived_at) VALUES (:message_id, :number, :at)
    """
    db.execute(insert, {"message_id": message_id, "number": number, "at": at})
    return number


def _last_try(db: Connection, message_id: int) -> int:
    select = "SELECT coalesce(max(number), 0) AS last FROM tries WHERE message_id = :message_id"
    return int(db.execute(select, {"message_id": message_id}).fetchone()["last"])


def others_open(db: Connection, message: Message, *, since: float) -> bool:
    """Whether a try of the follower's last messages arrived since then and has not ended."""
    select = f"""
        SELECT 1 FROM tries
         WHERE message_id IN ({LAST_BEFORE})
           AND ended_at IS NULL AND arrived_at > :since LIMIT 1
    """
    return db.execute(select, _before(message, since)).fetchone() is not None


def on_its_way(db: Connection, message: Message, *, since: float) -> bool:
    """Whether a try that arrived since then may be carrying an earlier settled reply away."""
    select = f"""
        SELECT 1 FROM tries JOIN messages ON messages.id = message_id
         WHERE messages.id IN ({LAST_BEFORE}) AND settled_at IS NOT NULL
           AND ended_at IS NULL AND tries.arrived_at > :since LIMIT 1
    """
    return db.execute(select, _before(message, since)).fetchone() is not None


def _before(message: Message, since: float) -> dict[str, float]:
    keys = {"follower_id": message.follower_id, "id": message.id}
    return keys | {"since": since, "oldest": since - COME_WITHIN}


def end(db: Connection, message_id: int, number: int, *, outcome: Outcome, at: float) -> None:
    """Write down how a try ended; one that carried the reply away moves the reader on."""
    update = """
        UPDATE tries SET outcome = :outcome, ended_at = :at
         WHERE message_id = :message_id AND number = :number
    """
    keys = {"message_id": message_id, "number": number, "outcome": outcome, "at": at}
    db.execute(update, keys)
    if outcome == Outcome.REPLIED:
        unread.carried_away(db, message_id)
