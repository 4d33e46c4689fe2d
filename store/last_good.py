"""What the operator's files said when they were last right, and which cannot be read as they are.

A process that begins with a spoilt file has what it said before from here, as no other process may
be left that knows it.
"""

import json
import math
from dataclasses import dataclass

from store import key_values
from store.database import Connection

SAID = "last good of "
UNUSABLE = "unread file "
UNUSABLE_ENDS = 60.0  # seconds after it was last told of: no process has it then


@dataclass(frozen=True)
class LastGood:
    """What a file said; `since` when, in seconds since 1970."""

    since: float
    packed: str


@dataclass(frozen=True)
class UnusableFile:
    """A file that cannot be used as it is, with the first reason of so many."""

    path: str
    since: float
    reason: str
    reasons: int


def keep(db: Connection, name: str, packed: str, *, at: float) -> None:
    """Keep what a file says from now on."""
    value = json.dumps([at, packed])
    key_values.put(db, SAID + name, value, expires_at=math.inf)


def of(db: Connection, name: str) -> LastGood | None:
    """What it said; None where nothing was kept."""
    kept = key_values.get(db, SAID + name, at=0.0)
    return LastGood(*json.loads(kept[0])) if kept else None


def tell(db: Connection, path: str, reasons: list[str], *, at: float) -> None:
    """Tell those who look that a file cannot be used; it has to be told again and again."""
    before = key_values.get(db, UNUSABLE + path, at=at)
    since = json.loads(before[0])[0] if before else at
    value = json.dumps([since, reasons[0], len(reasons)])
    key_values.put(db, UNUSABLE + path, value, expires_at=at + UNUSABLE_ENDS)


def is_read(db: Connection, path: str) -> None:
    """It can be used again."""
    key_values.forget(db, UNUSABLE + path)


def unusable(db: Connection, *, at: float) -> list[UnusableFile]:
    """All that cannot be used now, the longest so first."""
    found = key_values.all_of(db, UNUSABLE, at=at)
    told = [UnusableFile(name.removeprefix(UNUSABLE), *json.loads(value)) for name, value in found]
    return sorted(told, key=lambda one: (one.since, one.path))
