"""Answers that are settled and that nobody has carried away to their end."""

from dataclasses import dataclass

from store.database import Connection
from store.messages import SETTLED_WELL
from store.reading import EXPIRES

WINDOW = 15.0  # seconds in which WeChat may still fetch an answer (protocol sheet 1.8)


@dataclass(frozen=True)
class Unread:
    """A settled answer. `outcome`: how its last try ended; `unread` is 0 where a voice waits."""

    message_id: int
    follower_id: int
    settled_at: float
    length: int
    unread: int
    outcome: str | None = None

    @property
    def expires_at(self) -> float:
        """When it can be collected no longer."""
        return self.settled_at + EXPIRES


def uncollected(db: Connection, *, at: float, limit: int) -> list[Unread]:
    """At most so many, the next to expire first, but for those that WeChat may still fetch."""
    select = f"""
        SELECT id AS message_id, follower_id, settled_at,
               length(answer) AS length, length(answer) - read_to AS unread,
               (SELECT outcome FROM tries WHERE message_id = messages.id
                 ORDER BY number DESC LIMIT 1) AS outcome
          FROM messages WHERE {_UNCOLLECTED} ORDER BY settled_at LIMIT :limit
    """
    return [Unread(**row) for row in db.execute(select, _keys(at) | {"limit": limit})]


def count_uncollected(db: Connection, *, at: float) -> int:
    """How many there are."""
    select = f"SELECT count(*) AS n FROM messages WHERE {_UNCOLLECTED}"
    return int(db.execute(select, _keys(at)).fetchone()["n"])


_UNCOLLECTED = f"""
    {SETTLED_WELL} AND reply_of = id AND read_to < length(answer)
    AND settled_at > :since AND arrived_at <= :window_closed
"""


def _keys(at: float) -> dict[str, float]:
    return {"since": at - EXPIRES, "window_closed": at - WINDOW}
