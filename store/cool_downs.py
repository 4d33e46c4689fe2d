"""What must rest until a time: keys that were refused or are over their limit."""

import hashlib
from dataclasses import dataclass

from store.database import Connection

LONGEST = 24 * 3600.0  # seconds that anything rests


def key_name(key: str, to: str = "") -> str:
    """What a key is known by here: a fingerprint of it, and of what it is a key `to`."""
    return "key " + _fingerprint(f"{to}\n{key}" if to else key)


def key_label(number: int, key: str, to: str = "") -> str:
    """What an operator knows a key by: its place among its model's `api_keys`, from 1, and the
    last four characters of its fingerprint, as in "2/9f3a"."""
    return f"{number}/{key_name(key, to)[-4:]}"


MODEL = "model "


def model_name(of: str) -> str:
    """What a model is known by here: a fingerprint of its address and name."""
    return MODEL + _fingerprint(of)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Rest:
    """Until when something rests, and why: the name of an error, of a key also what it said.

    Seconds since 1970 where it is saved; who keeps it in memory may go by another clock.
    """

    until: float
    reason: str


def rest(db: Connection, name: str, *, until: float, reason: str) -> None:
    """Let `name` rest until then (seconds since 1970); a later call replaces an earlier one."""
    upsert = """
        INSERT INTO cool_downs (name, until, reason) VALUES (:name, :until, :reason)
        ON CONFLICT (name) DO UPDATE SET until = excluded.until, reason = excluded.reason
    """
    db.execute(upsert, {"name": name, "until": until, "reason": reason})


def end(db: Connection, name: str) -> None:
    """`name` need not rest any more."""
    db.execute("DELETE FROM cool_downs WHERE name = :name", {"name": name})


def resting(db: Connection, *, at: float) -> dict[str, Rest]:
    """All that still rest, by name. What seems to rest for longer than anything does has rested:
    the clock was set back meanwhile."""
    select = "SELECT name, until, reason FROM cool_downs WHERE until > :at AND until <= :latest"
    rows = db.execute(select, {"at": at, "latest": at + LONGEST})
    return {row["name"]: Rest(row["until"], row["reason"]) for row in rows}
