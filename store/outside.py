"""What the last look at the services outside has found."""

import json
import math
from dataclasses import dataclass

from settings.language import from_kept, to_keep
from store import key_values
from store.database import Connection

NAME = "checked outside"


@dataclass(frozen=True)
class Looked:
    """`at`: seconds since 1970; `by`: "check" or "start"; `amiss`: lines, the worst first."""

    at: float
    by: str
    looked_at: int  # how many things
    amiss: list[tuple[str, str]]  # what was found, and the cure


def keep(db: Connection, looked: Looked) -> None:
    """Keep it in the place of the one before: who reads it may speak another language."""
    amiss = [(to_keep(line), to_keep(cure)) for line, cure in looked.amiss]
    value = json.dumps([looked.at, looked.by, looked.looked_at, amiss])
    key_values.put(db, NAME, value, expires_at=math.inf)


def last(db: Connection) -> Looked | None:
    """The last one, in the operator's language; None where there was none."""
    found = key_values.get(db, NAME, at=0.0)
    if found is None:
        return None
    at, by, looked_at, amiss = json.loads(found[0])
    return Looked(at, by, looked_at, [(from_kept(line), from_kept(cure)) for line, cure in amiss])
