"""What went wrong lately: failed messages, mute answers, resting keys, voices left at WeChat."""

from dataclasses import dataclass

from store.database import Connection
from store.messages import SETTLED_BADLY, SETTLED_WELL

LATELY = 3600.0  # seconds
DELETED_WITHIN = 60.0  # seconds after its time in which a voice should be gone


@dataclass(frozen=True)
class Failures:
    """Messages to which the same happened lately."""

    reason: str
    messages: int
    last_at: float
    last_message_id: int


@dataclass(frozen=True)
class Resting:
    """A key, or a way to upload, that is left alone until then."""

    name: str
    reason: str
    until: float


@dataclass(frozen=True)
class Undeleted:
    """A permanent voice that is still at WeChat after its time. `failures`: attempts at it."""

    message_id: int  # which may have been erased
    uploaded: bool  # False: nobody knows how its upload ended
    delete_at: float  # the next attempt
    failures: int


def failed(db: Connection, *, at: float) -> list[Failures]:
    """Messages that failed in the last hour, by reason, the most frequent first."""
    return _by_reason(db, f"{SETTLED_BADLY} AND settled_at > :since", at)


def mute(db: Connection, *, at: float) -> list[Failures]:
    """Messages of the last hour whose answers were to be spoken and came in writing."""
    which = f"arrived_at > :since AND {SETTLED_WELL} AND failure IS NOT NULL"
    return _by_reason(db, which, at)


def _by_reason(db: Connection, which: str, at: float) -> list[Failures]:
    select = f"""
        SELECT failure AS reason, count(*) AS messages,
               max(settled_at) AS last_at, max(id) AS last_message_id
          FROM messages WHERE {which}
         GROUP BY failure ORDER BY messages DESC, last_at DESC
    """
    return [Failures(**row) for row in db.execute(select, {"since": at - LATELY})]


def resting(db: Connection, *, at: float) -> list[Resting]:
    """What rests, the longest first."""
    select = "SELECT name, reason, until FROM cool_downs WHERE until > :at ORDER BY until DESC"
    return [Resting(**row) for row in db.execute(select, {"at": at})]


def undeleted(db: Connection, *, at: float) -> list[Undeleted]:
    """Voices that should be gone by now, the most often refused first."""
    select = """
        SELECT message_id, media_id, delete_at, failures FROM uploads
         WHERE permanent = 1 AND (failures > 0 OR delete_at < :before)
         ORDER BY failures DESC, delete_at
    """
    return [
        Undeleted(
            message_id=row["message_id"],
            uploaded=row["media_id"] is not None,
            delete_at=row["delete_at"],
            failures=row["failures"],
        )
        for row in db.execute(select, {"before": at - DELETED_WITHIN})
    ]
