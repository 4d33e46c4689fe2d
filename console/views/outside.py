"""What is wrong outside and has to be mended: by the last look, and by what pushes say."""

from dataclasses import dataclass

from store import outside
from store.database import Connection


@dataclass(frozen=True)
class Amiss:
    """`found` is one thing that is wrong, `cure` what to do.

    `by` says how it was found: by the "check", at the "start", by "pushes".
    """

    at: float
    by: str
    found: str
    cure: str


def amiss(db: Connection) -> tuple[float | None, list[Amiss]]:
    """When it was looked at last, and what is wrong since; a wrong clock first: nothing works."""
    by_pushes = outside.clock(db)
    clock = [
        Amiss(at, "pushes", wrong.found, wrong.cure) for at, wrong in filter(None, [by_pushes])
    ]
    last = outside.last(db)
    if last is None:
        return None, clock
    return last.at, clock + [
        Amiss(last.at, last.by, amiss.found, amiss.cure) for amiss in last.amiss if amiss.wrong
    ]
