"""What followers have read, and what waits for them: facts beside the state of a message.

A settled answer is unread until tries have carried all of it away, or until it has expired.
"""

from dataclasses import replace

from store import followers
from store.database import Connection
from store.messages import READABLE, SETTLED_WELL, UNFINISHED, Message, get
from store.outcomes import Outcome

EXPIRES = 24 * 3600  # seconds for which a settled answer can be collected

ALL = 1_000_000
LOOKED_AT = 20  # messages, of those that may have something to show; more than wait for their turn

# An answer that is not read to its end, or a voice that nobody was brought: the terms of an index.
UNREAD = f"""
    reply_of = id AND put_away = 0
    AND (read_to < length({READABLE}) OR (reply_kind = 'voice' AND voice_carried = 0))
"""
COLLECTABLE = f"""
    (settled_at > :since AND {UNREAD} AND ({SETTLED_WELL} OR id = (
        SELECT max(id) FROM messages
         WHERE follower_id = :follower_id AND id < :id AND reply_of = id)))
"""
TOLD_SINCE = """
      FROM messages AS said JOIN tries ON tries.message_id = said.id
     WHERE said.id IN (
           SELECT id FROM messages WHERE follower_id = :follower_id ORDER BY id DESC LIMIT 40)
       AND ended_at > :came AND outcome IN
"""
BEFORE_ITS_END = f"'{Outcome.PARTIAL}', '{Outcome.THINKING}'"
# What tries have told of since then: what they brought, or promised, or showed half written.
PROMISED_SINCE = f"""
    SELECT coalesce(said.reply_of, said.id) {TOLD_SINCE} ('{Outcome.REPLIED}', {BEFORE_ITS_END})
    UNION ALL
    SELECT reading FROM followers
     WHERE id = :follower_id AND reading IS NOT NULL
       AND EXISTS (SELECT 1 {TOLD_SINCE} ({BEFORE_ITS_END}))
"""


def carried_away(db: Connection, message_id: int) -> None:
    """The reply of this message was, and with it a part of somebody's answer: often its own."""
    select = """
        SELECT shown.id, said.reply_end, said.reply_kind, said.tells,
               shown.answer IS NOT NULL AS is_answer
          FROM messages AS said JOIN messages AS shown ON shown.id = said.reply_of
         WHERE said.id = :message_id
    """
    said = db.execute(select, {"message_id": message_id}).fetchone()
    if not said:
        return
    update = """
        UPDATE messages
           SET put_away = 0,
               read_to = CASE WHEN read_to < :reply_end THEN :reply_end ELSE read_to END,
               voice_carried = CASE :reply_kind WHEN 'voice' THEN 1 ELSE voice_carried END
         WHERE id = :id
    """
    db.execute(update, dict(said))
    if said["is_answer"]:
        turn_to(db, said["id"])
    if said["tells"]:
        _told(db, message_id)


def turn_to(db: Connection, message_id: int) -> None:
    """Save whose answer the follower was shown last, or told that it is being made."""
    update = """
        UPDATE followers SET reading = :id
         WHERE id = (SELECT follower_id FROM messages WHERE id = :id)
    """
    db.execute(update, {"id": message_id})


def _told(db: Connection, message_id: int) -> None:
    """Save that the follower knows of what waited before this message."""
    update = """
        UPDATE followers SET told_by = :id
         WHERE id = (SELECT follower_id FROM messages WHERE id = :id)
           AND (told_by IS NULL OR told_by < :id)
    """
    db.execute(update, {"id": message_id})


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


def collectable(db: Connection, reader: Message, *, at: float) -> list[int]:
    """What `reader` may collect, of what came before it, in the order in which it is to be read.

    What was shown last goes on, then the newest comes first. An apology waits only until the
    follower asks something else. Ids: there may be hundreds, and few are looked at.
    """
    return _waiting(db, reader, COLLECTABLE, most=ALL, at=at)


def awaited(db: Connection, reader: Message, *, at: float) -> list[Message]:
    """The first of the same, together with what is still on its way."""
    under_way = f"{UNFINISHED} AND put_away = 0"
    ids = _waiting(db, reader, COLLECTABLE, under_way, most=LOOKED_AT, at=at)
    return [get(db, message_id) for message_id in ids]


def _waiting(db: Connection, reader: Message, *which: str, most: int, at: float) -> list[int]:
    # Each by its own small index: a follower may have thousands of messages.
    whose = "SELECT id FROM messages WHERE follower_id = :follower_id AND id < :id"
    ids = " UNION ALL ".join(f"{whose} AND {one}" for one in which)
    select = f"""
        SELECT id FROM messages WHERE id IN ({ids})
         ORDER BY CASE id WHEN (SELECT reading FROM followers WHERE id = :follower_id)
                  THEN 0 ELSE 1 END, id DESC
         LIMIT :most
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "since": at - EXPIRES, "most": most}
    return [int(row["id"]) for row in db.execute(select, keys)]


def told_up_to(db: Connection, reader: Message) -> int:
    """The follower knows of what waits and came before this message: its id, or 0."""
    select = "SELECT told_by FROM followers WHERE id = :follower_id"
    row = db.execute(select, {"follower_id": reader.follower_id}).fetchone()
    return int(row["told_by"] or 0) if row else 0


def put_away(db: Connection, reader: Message, *, at: float) -> None:
    """Have nothing that came before `reader` wait any more to be collected.

    Nor what is still being made. But what tries have told of since the reader came, while that
    waited for its turn, or tell of later (see `promise`), is collected all the same.
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "came": reader.arrived_at}
    waited = at > reader.arrived_at
    spared = f"AND id NOT IN ({PROMISED_SINCE})" if waited else ""
    for which in (UNREAD, UNFINISHED):
        update = f"""
            UPDATE messages SET put_away = 1
             WHERE follower_id = :follower_id AND id < :id AND {which} {spared}
        """
        db.execute(update, keys)


def promise(db: Connection, message_id: int) -> None:
    """A try has told that there is, or will be, more of a message: it can be collected."""
    update = "UPDATE messages SET put_away = 0 WHERE id = :id AND put_away = 1"
    db.execute(update, {"id": message_id})


def keep(db: Connection, message: Message) -> Message:
    """Have a settled reply that is no answer wait to be collected, as a text; returns it so."""
    update = "UPDATE messages SET reply_of = id, reply_end = length(reply) WHERE id = :id"
    db.execute(update, {"id": message.id})
    return replace(message, reply_of=message.id, reply_end=len(message.reply or ""))


def spoken(db: Connection, reader: Message, *, at: float) -> Message | None:
    """The last answer before `reader`, if it is a voice, or is likely to become one.

    A word that was said on request is not what a model answered, nor is what is stored of somebody.
    """
    select = f"""
        SELECT * FROM messages
         WHERE follower_id = :follower_id AND id < :id AND put_away = 0
           AND (({UNFINISHED} AND (answer IS NULL OR model_calls > 0))
                OR (reply_of = id AND {SETTLED_WELL} AND settled_at > :since
                    AND answer IS NOT NULL AND model_calls > 0))
         ORDER BY id DESC LIMIT 1
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "since": at - EXPIRES}
    row = db.execute(select, keys).fetchone()
    last = Message.of(row) if row else None
    return last if last and _is_spoken(db, last) else None


def _is_spoken(db: Connection, message: Message) -> bool:
    if message.settled:
        return message.reply_kind == "voice"
    return followers.wants_voice(db, message.follower_id, message.kind)
