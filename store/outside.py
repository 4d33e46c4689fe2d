"""What the last look at the services outside has found, and what pushes say of the clock."""

import json
import math
from dataclasses import dataclass

from settings.language import from_kept, to_keep
from store import key_values
from store.database import Connection

NAME = "looked outside"
CLOCK = "clock by pushes"


@dataclass(frozen=True)
class Amiss:
    """One thing that is not fine, and the cure; `wrong`: the server cannot do its work so."""

    wrong: bool
    found: str
    cure: str


@dataclass(frozen=True)
class Looked:
    """`at`: seconds since 1970; `by`: "check" or "start"; `amiss`: the worst first."""

    at: float
    by: str
    looked_at: int  # how many things
    amiss: list[Amiss]


def keep(db: Connection, looked: Looked) -> None:
    """Keep it in the place of the one before: who reads it may speak another language."""
    amiss = [(one.wrong, to_keep(one.found), to_keep(one.cure)) for one in looked.amiss]
    value = json.dumps([looked.at, looked.by, looked.looked_at, amiss])
    key_values.put(db, NAME, value, expires_at=math.inf)


def last(db: Connection) -> Looked | None:
    """The last one, in the operator's language; None where there was none."""
    kept = key_values.get(db, NAME, at=0.0)
    if kept is None:
        return None
    at, by, looked_at, amiss = json.loads(kept[0])
    found = [Amiss(wrong, from_kept(found), from_kept(cure)) for wrong, found, cure in amiss]
    return Looked(at, by, looked_at, found)


def keep_clock(db: Connection, amiss: Amiss, *, at: float) -> None:
    """Keep what the pushes say of this machine's clock, until `forget_clock`."""
    value = json.dumps([at, to_keep(amiss.found), to_keep(amiss.cure)])
    key_values.put(db, CLOCK, value, expires_at=math.inf)


def forget_clock(db: Connection) -> None:
    """It is right."""
    key_values.forget(db, CLOCK)


def clock(db: Connection) -> tuple[float, Amiss] | None:
    """When it was found wrong, and how; None where nothing is known of that."""
    kept = key_values.get(db, CLOCK, at=0.0)
    if kept is None:
        return None
    at, found, cure = json.loads(kept[0])
    return at, Amiss(True, from_kept(found), from_kept(cure))
