"""What went wrong lately: failed messages, mute answers, resting keys, voices left at WeChat."""

from dataclasses import dataclass

from console.views.causes import Failures, Reason, WellAt, by_cause
from store.database import Connection
from store.messages import SETTLED_BADLY, SETTLED_WELL

LATELY = 3600.0  # seconds
MOVES_LOOKED_AT = 10_000  # that were made last
DELETED_WITHIN = 60.0  # seconds after its time in which a voice should be gone


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
    of_account: str  # by its name among several


def failed(db: Connection, *, at: float, answered_at: WellAt) -> list[Failures]:
    """Messages that failed in the last hour. `answered_at`: when the model last did."""
    reasons = _reasons(db, f"{SETTLED_BADLY} AND settled_at > :since", at)
    return by_cause(reasons, {"model": answered_at})


def mute(db: Connection, *, at: float, spoken_at: WellAt) -> list[Failures]:
    """Messages of the last hour whose answers were to be spoken and came in writing.

    `spoken_at`: when a voice was last made and uploaded.
    """
    which = f"arrived_at > :since AND {SETTLED_WELL} AND failure IS NOT NULL"
    return by_cause(_reasons(db, which, at), {"speech": spoken_at})


def _reasons(db: Connection, which: str, at: float) -> list[Reason]:
    select = f"""
        SELECT failure AS reason, of_account, count(*) AS messages,
               max(settled_at) AS last_at, max(id) AS last_message_id
          FROM messages WHERE {which} GROUP BY failure, of_account
    """
    return [Reason(**row) for row in db.execute(select, {"since": at - LATELY})]


def last_moved(db: Connection, *events: str) -> dict[str, float]:
    """When a message of each account last made one of these moves, so far as one looks back."""
    names = {f"event_{number}": event for number, event in enumerate(events)}
    select = f"""
        SELECT of_account, max(moves.at) AS last_at
          FROM moves JOIN messages ON messages.id = message_id
         WHERE moves.id > (SELECT max(id) FROM moves) - :most
           AND event IN ({", ".join(f":{name}" for name in names)})
         GROUP BY of_account
    """
    rows = db.execute(select, names | {"most": MOVES_LOOKED_AT})
    return {row["of_account"]: row["last_at"] for row in rows}


def resting(db: Connection, *, at: float) -> list[Resting]:
    """What rests, the longest first; but one of each reason before the others of any."""
    select = "SELECT name, reason, until FROM cool_downs WHERE until > :at ORDER BY until DESC"
    found = [Resting(**row) for row in db.execute(select, {"at": at})]
    firsts = list({rest.reason: rest for rest in reversed(found)}.values())
    return sorted(found, key=lambda rest: rest not in firsts)


def undeleted(db: Connection, *, at: float) -> list[Undeleted]:
    """Voices that should be gone by now, the most often refused first."""
    select = """
        SELECT message_id, media_id, delete_at, failures, of_account FROM uploads
         WHERE permanent = 1 AND (failures > 0 OR delete_at < :before)
         ORDER BY failures DESC, delete_at
    """
    return [
        Undeleted(
            message_id=row["message_id"],
            uploaded=row["media_id"] is not None,
            delete_at=row["delete_at"],
            failures=row["failures"],
            of_account=row["of_account"],
        )
        for row in db.execute(select, {"before": at - DELETED_WITHIN})
    ]
