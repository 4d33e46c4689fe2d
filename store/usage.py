"""How much a follower, or all of them, have sent: what the limits are judged by."""

from dataclasses import dataclass

from store.database import Connection
from store.messages import UNFINISHED, Message, Refused, State

LOOKED_AT = 50  # messages of one follower, of what there is of them lately


def count(db: Connection, message: Message, *, persona: str | None = None) -> None:
    """Have a message count from now on, also for the character that is asked."""
    update = "UPDATE messages SET counts = 1, persona = :persona WHERE id = :id"
    db.execute(update, {"id": message.id, "persona": persona})


def is_counted(db: Connection, message: Message) -> bool:
    """Whether a message counts."""
    select = "SELECT 1 FROM messages WHERE id = :id AND counts = 1"
    return db.execute(select, {"id": message.id}).fetchone() is not None


def uncounted_voices(db: Connection, message: Message, *, since: float) -> int:
    """How many voices of the follower have come since then, before this, and do not count.

    Those whose words came with them are none: nobody had to hear them.
    """
    select = """
        SELECT count(*) AS n FROM messages
         WHERE follower_id = :follower_id AND id < :id
           AND kind = 'voice' AND question = '' AND counts = 0 AND arrived_at >= :since
    """
    keys = {"follower_id": message.follower_id, "id": message.id, "since": since}
    return int(db.execute(select, keys).fetchone()["n"])


def uncount(db: Connection, message: Message) -> None:
    """Have a message count no more: nothing was asked for it."""
    db.execute("UPDATE messages SET counts = 0 WHERE id = :id", {"id": message.id})


def spend(db: Connection, message: Message, tokens: int) -> None:
    """Save what one call has cost, beside what others have for the same message."""
    update = "UPDATE messages SET tokens = coalesce(tokens, 0) + :tokens WHERE id = :id"
    db.execute(update, {"id": message.id, "tokens": tokens})


def spent(db: Connection, since: float, before: float, *, account: str, follower_id: int) -> int:
    """The tokens of a follower's messages of that time that count; see `counted`."""
    select = """
        SELECT coalesce(sum(tokens), 0) AS n FROM messages
         WHERE counts = 1 AND of_account = :account
           AND arrived_at >= :since AND arrived_at < :before AND follower_id = :follower_id
    """
    keys = {"since": since, "before": before, "follower_id": follower_id}
    return int(db.execute(select, keys | {"account": account}).fetchone()["n"])


def refused(db: Connection, message: Message, *, since: float) -> int:
    """How many questions of the follower were refused since then."""
    select = f"""
        SELECT count(*) AS n FROM messages
         WHERE refused = '{Refused.QUESTION}' AND settled_at > :since AND follower_id = :follower_id
    """
    keys = {"since": since, "follower_id": message.follower_id}
    return int(db.execute(select, keys).fetchone()["n"])


def moved_by(db: Connection, message: Message, event: str, *, since: float) -> int:
    """How many of the follower's last messages that came since then the event has moved."""
    select = """
        SELECT count(*) AS n
          FROM (SELECT id, arrived_at FROM messages
                 WHERE follower_id = :follower_id ORDER BY id DESC LIMIT :most) AS last
          JOIN moves ON moves.message_id = last.id AND moves.event = :event
         WHERE last.arrived_at > :since
    """
    keys = {"since": since, "follower_id": message.follower_id, "most": LOOKED_AT}
    return int(db.execute(select, keys | {"event": event}).fetchone()["n"])


def last_counted(db: Connection, message: Message, most: int) -> list[float]:
    """When the follower's last messages that count arrived, the newest first."""
    select = """
        SELECT arrived_at FROM messages
         WHERE follower_id = :follower_id AND id < :id AND counts = 1
         ORDER BY id DESC LIMIT :most
    """
    keys = {"follower_id": message.follower_id, "id": message.id, "most": most}
    return [row["arrived_at"] for row in db.execute(select, keys)]


def counted(
    db: Connection,
    since: float,
    before: float,
    *,
    account: str,
    follower_id: int | None = None,
    persona: str | None = None,
) -> int:
    """How many messages of that time count: of one follower, or of the whole account of that name.

    Of one `persona`, or of all.
    """
    select = """
        SELECT count(*) AS n FROM messages
         WHERE counts = 1 AND of_account = :account
           AND arrived_at >= :since AND arrived_at < :before
    """
    if follower_id is not None:
        select += " AND follower_id = :follower_id"
    if persona is not None:
        select += " AND persona = :persona"
    keys = {"since": since, "before": before, "follower_id": follower_id, "persona": persona}
    row = db.execute(select, keys | {"account": account}).fetchone()
    return int(row["n"])


@dataclass(frozen=True)
class QueueBefore:
    """How many messages of a follower are on their way before one."""

    questions: int  # those that count
    others: int
    unbegun: int  # of both


def queue_before(db: Connection, message: Message) -> QueueBefore:
    """What is on its way of the follower before this message."""
    select = f"""
        SELECT count(*) AS n, coalesce(sum(counts), 0) AS questions,
               coalesce(sum(CASE state WHEN '{State.RECEIVED}' THEN 1 ELSE 0 END), 0) AS unbegun
          FROM messages
         WHERE follower_id = :follower_id AND {UNFINISHED} AND id < :id
    """
    row = db.execute(select, {"follower_id": message.follower_id, "id": message.id}).fetchone()
    return QueueBefore(row["questions"], row["n"] - row["questions"], row["unbegun"])


def under_way(db: Connection) -> dict[str, int]:
    """How many messages are not settled, by the name of the account; of all processes."""
    select = f"""
        SELECT of_account, count(*) AS n FROM messages WHERE {UNFINISHED} GROUP BY of_account
    """
    return {row["of_account"]: row["n"] for row in db.execute(select, {})}
