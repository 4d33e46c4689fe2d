"""Answers that are settled and that nobody has carried away to their end.

Apologies, which a follower may collect as well, are told of among the failures.
"""

from dataclasses import dataclass

from store.database import Connection
from store.messages import READABLE, SETTLED_WELL
from store.unread import EXPIRES, UNREAD

# As `fsm.window` has it, which looking on does without: seconds in which WeChat may still fetch.
WINDOW = 15.0


@dataclass(frozen=True)
class Uncollected:
    """A settled answer. `outcome`: how its last try ended; `unread` is 0 where a voice waits."""

    message_id: int
    follower_id: int
    settled_at: float
    length: int
    unread: int
    outcome: str | None = None
    of_account: str = ""  # by its name among several

    @property
    def expires_at(self) -> float:
        """When it can be collected no longer."""
        return self.settled_at + EXPIRES


def uncollected(db: Connection, *, at: float, limit: int) -> list[Uncollected]:
    """At most so many, the next to expire first, but for those that WeChat may still fetch."""
    select = f"""
        SELECT id AS message_id, follower_id, settled_at, of_account,
               length({READABLE}) AS length, length({READABLE}) - read_to AS unread,
               (SELECT outcome FROM tries WHERE message_id = messages.id
                 ORDER BY number DESC LIMIT 1) AS outcome
          FROM messages WHERE {_UNCOLLECTED} ORDER BY settled_at LIMIT :limit
    """
    return [Uncollected(**row) for row in db.execute(select, _keys(at) | {"limit": limit})]


def count_uncollected(db: Connection, *, at: float) -> int:
    """How many there are."""
    select = f"SELECT count(*) AS n FROM messages WHERE {_UNCOLLECTED}"
    return int(db.execute(select, _keys(at)).fetchone()["n"])


_UNCOLLECTED = f"""
    {UNREAD} AND {SETTLED_WELL} AND settled_at > :since AND arrived_at + :window <= :at
"""


def _keys(at: float) -> dict[str, float]:
    return {"since": at - EXPIRES, "window": WINDOW, "at": at}
