"""What the last look at the services outside has found, as far as it has to be mended."""

from dataclasses import dataclass

from store import outside
from store.database import Connection


@dataclass(frozen=True)
class Amiss:
    """`found` is one thing that is wrong, `cure` what to do; `by` "check" or at the "start"."""

    at: float
    by: str
    found: str
    cure: str


def amiss(db: Connection) -> tuple[float | None, list[Amiss]]:
    """When it was looked at last, and what is wrong since."""
    last = outside.last(db)
    if last is None:
        return None, []
    return last.at, [
        Amiss(last.at, last.by, amiss.found, amiss.cure) for amiss in last.amiss if amiss.wrong
    ]
