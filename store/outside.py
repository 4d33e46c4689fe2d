"""What the last look at the services outside has found, and what pushes and questions show."""

import json
import math
from dataclasses import dataclass

from settings.language import from_kept, to_keep
from store import key_values
from store.database import Connection

NAME = "looked outside"
CLOCK = "clock by pushes of "
JUDGE = "moderation by questions of "  # the service that judges them


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


def notice(db: Connection, what: str, whose: str, amiss: Amiss, *, at: float, until: float) -> None:
    """Keep what is wrong with `what`, until then or until it `is_right`; in seconds since 1970.

    The `CLOCK` is a host's, or the database's (""), the `JUDGE` an account's.
    """
    value = json.dumps([at, to_keep(amiss.found), to_keep(amiss.cure)])
    key_values.put(db, f"{what}{whose}", value, expires_at=until)


def is_right(db: Connection, what: str, whose: str) -> None:
    """Keep nothing of it any more."""
    key_values.forget(db, f"{what}{whose}")


def noticed(db: Connection, what: str, *, at: float) -> list[tuple[str, float, Amiss]]:
    """Whose is wrong, when each was found so, and how."""
    kept = key_values.all_of(db, what, at=at)
    return [(name.removeprefix(what), *_amiss(value)) for name, value in sorted(kept)]


def _amiss(value: str) -> tuple[float, Amiss]:
    at, found, cure = json.loads(value)
    return at, Amiss(True, from_kept(found), from_kept(cure))
