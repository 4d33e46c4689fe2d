"""What the last look at the services outside has found, and what pushes and questions show."""

import json
import math
from dataclasses import dataclass

from settings.language import from_kept, to_keep
from store import key_values
from store.database import Connection

NAME = "looked outside"
CLOCK = "clock by pushes of "
JUDGE = "moderation by questions of "


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


def keep_clock(db: Connection, whose: str, amiss: Amiss, *, at: float, until: float) -> None:
    """Keep what pushes say of a host's clock, or the database's (""), until then or `forget_clock`.

    Times are in seconds since 1970.
    """
    _keep(db, f"{CLOCK}{whose}", amiss, at=at, until=until)


def forget_clock(db: Connection, whose: str) -> None:
    """It is right."""
    key_values.forget(db, f"{CLOCK}{whose}")


def clocks(db: Connection, *, at: float) -> list[tuple[str, float, Amiss]]:
    """Whose clocks are wrong, when each was found so, and how."""
    return _kept(db, CLOCK, at=at)


def keep_judge(db: Connection, account: str, amiss: Amiss, *, at: float, until: float) -> None:
    """Keep what questions say of an account's service of moderation, as `keep_clock` does."""
    _keep(db, f"{JUDGE}{account}", amiss, at=at, until=until)


def forget_judge(db: Connection, account: str) -> None:
    """It judges."""
    key_values.forget(db, f"{JUDGE}{account}")


def judges(db: Connection, *, at: float) -> list[tuple[str, float, Amiss]]:
    """Of which accounts it does not judge, when that was found, and how."""
    return _kept(db, JUDGE, at=at)


def _keep(db: Connection, name: str, amiss: Amiss, *, at: float, until: float) -> None:
    value = json.dumps([at, to_keep(amiss.found), to_keep(amiss.cure)])
    key_values.put(db, name, value, expires_at=until)


def _kept(db: Connection, prefix: str, *, at: float) -> list[tuple[str, float, Amiss]]:
    kept = key_values.all_of(db, prefix, at=at)
    return [(name.removeprefix(prefix), *_amiss(value)) for name, value in sorted(kept)]


def _amiss(value: str) -> tuple[float, Amiss]:
    at, found, cure = json.loads(value)
    return at, Amiss(True, from_kept(found), from_kept(cure))
