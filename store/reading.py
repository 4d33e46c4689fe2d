"""Tries, and what they carried away: facts beside the state of a message.

A settled answer is unread until tries have carried all of it away, or until it has expired.
"""

from dataclasses import replace

from store.database import Connection
from store.messages import READABLE, SETTLED_WELL, UNFINISHED, Message

EXPIRES = 24 * 3600  # seconds for which a settled answer can be collected


def begin_try(db: Connection, message_id: int, *, at: float) -> int:
    """Count a try that has just arrived. Returns its number, from 1."""
    insert = """
        INSERT INTO tries (message_id, number, arrived_at)
        SELECT :message_id, coalesce(max(number), 0) + 1, :at
          FROM tries WHERE message_id = :message_id
        RETURNING number
    """
    row = db.execute(insert, {"message_id": message_id, "at": at}).fetchone()
    return int(row["number"])


def others_open(db: Connection, message: Message, *, since: float) -> bool:
    """Whether a try of the follower's last messages arrived since then and has not ended."""
    select = """
        SELECT 1 FROM tries
         WHERE message_id IN (SELECT id FROM messages
                               WHERE follower_id = :follower_id AND id < :id
                               ORDER BY id DESC LIMIT 20)
           AND ended_at IS NULL AND arrived_at > :since LIMIT 1
    """
    keys = {"follower_id": message.follower_id, "id": message.id, "since": since}
    return db.execute(select, keys).fetchone() is not None


def on_its_way(db: Connection, message: Message, *, since: float) -> bool:
    """Whether a try that arrived since then may be carrying an earlier settled reply away."""
    select = """
        SELECT 1 FROM tries JOIN messages ON messages.id = message_id
         WHERE follower_id = :follower_id AND messages.id < :id AND settled_at IS NOT NULL
           AND ended_at IS NULL AND tries.arrived_at > :since LIMIT 1
    """
    keys = {"follower_id": message.follower_id, "id": message.id, "since": since}
    return db.execute(select, keys).fetchone() is not None


def end_try(db: Connection, message_id: int, number: int, *, outcome: str, at: float) -> None:
    """Write down how a try ended; one that carried the reply away moves the reader on."""
    update = """
        UPDATE tries SET outcome = :outcome, ended_at = :at
         WHERE message_id = :message_id AND number = :number
    """
    keys = {"message_id": message_id, "number": number, "outcome": outcome, "at": at}
    db.execute(update, keys)
    if outcome == "replied":
        carried = """
            UPDATE messages
               SET read_to = CASE WHEN read_to < carrier.reply_end THEN carrier.reply_end
                                  ELSE read_to END,
                   voice_carried = CASE carrier.reply_kind WHEN 'voice' THEN 1
                                   ELSE voice_carried END
              FROM (SELECT reply_of, reply_end, reply_kind FROM messages
                     WHERE id = :message_id) AS carrier
             WHERE messages.id = carrier.reply_of
        """
        db.execute(carried, {"message_id": message_id})


def save_given(db: Connection, message_id: int, given: str) -> None:
    """Save what the follower was shown of an answer that is not settled yet."""
    update = "UPDATE messages SET given = :given WHERE id = :id"
    db.execute(update, {"id": message_id, "given": given})


def move_on(db: Connection, message_id: int, read_to: int) -> None:
    """Save that a settled answer was read up to this character, unless more of it was."""
    update = "UPDATE messages SET read_to = :to WHERE id = :id AND read_to < :to"
    db.execute(update, {"id": message_id, "to": read_to})


def read_again(db: Connection, message: Message) -> Message:
    """Have a settled answer count as unread, and return it so."""
    db.execute("UPDATE messages SET read_to = 0 WHERE id = :id", {"id": message.id})
    return replace(message, read_to=0)


def withdraw(db: Connection, message: Message) -> None:
    """What others have shown of a message, and are still showing, is not its answer any more."""
    update = """
        UPDATE messages SET reply_of = NULL, reply_end = NULL
         WHERE follower_id = :follower_id AND id > :id AND reply_of = :id
    """
    db.execute(update, {"follower_id": message.follower_id, "id": message.id})


def unread(db: Connection, reader: Message, *, at: float) -> list[Message]:
    """The settled messages that came before `reader` and are not read to their end, in order.

    An apology waits only until the follower asks something else.
    """
    select = f"""
        SELECT * FROM messages
         WHERE follower_id = :follower_id AND id < :id AND reply_of = id
           AND settled_at > :since
           AND (read_to < length({READABLE}) OR (reply_kind = 'voice' AND voice_carried = 0))
           AND ({SETTLED_WELL} OR id = (
                SELECT max(id) FROM messages
                 WHERE follower_id = :follower_id AND id < :id AND reply_of = id))
         ORDER BY id
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "since": at - EXPIRES}
    return [Message(**row) for row in db.execute(select, keys)]


def awaited(db: Connection, reader: Message, *, at: float) -> Message | None:
    """What the follower reads next: unread before `reader`, or still on its way."""
    select = f"""
        SELECT * FROM messages
         WHERE follower_id = :follower_id AND id < :id AND {UNFINISHED}
         ORDER BY id LIMIT 1
    """
    waiting = unread(db, reader, at=at)[:1]
    keys = {"follower_id": reader.follower_id, "id": reader.id}
    for row in db.execute(select, keys):
        waiting.append(Message(**row))
    return min(waiting, key=lambda message: message.id, default=None)
