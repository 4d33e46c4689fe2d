"""What is wrong outside and has to be mended: by the last look, and by what has come."""

from dataclasses import dataclass

from settings.language import said
from store import outside, place, processes
from store.database import Connection


@dataclass(frozen=True)
class FoundAmiss:
    """`found` is one thing that is wrong, `cure` what to do.

    `by` says how it was found: by the "check", at the "start", by "pushes", "questions" or "now".
    """

    at: float
    by: str
    found: str
    cure: str


def full(where: place.Where, *, at: float) -> list[FoundAmiss]:
    """Whether the disk of the database is full, or nearly so."""
    if (free := place.left_on_full_disk(where)) is None:
        return []
    found = said("{free} MB are free where the database is", free=round(free / 1e6))
    cure = said("free some space: on a full disk nothing is stored, and nobody is answered")
    return [FoundAmiss(at, "now", found, cure)]


def amiss(db: Connection, *, at: float) -> tuple[float | None, list[FoundAmiss]]:
    """When it was looked at last, and what is wrong since; a wrong clock first: nothing works.

    A host is named where there are several.
    """
    several = len({one.process.host for one in processes.listed(db)}) > 1
    clocks = [
        FoundAmiss(then, "pushes", _of(whose if several else "", wrong.found), wrong.cure)
        for whose, then, wrong in outside.noticed(db, outside.CLOCK, at=at)
    ]
    judges = [
        FoundAmiss(then, "questions", _of(account, wrong.found), wrong.cure)
        for account, then, wrong in outside.noticed(db, outside.JUDGE, at=at)
    ]
    last = outside.last(db)
    if last is None:
        return None, clocks + judges
    return last.at, clocks + judges + [
        FoundAmiss(last.at, last.by, amiss.found, amiss.cure) for amiss in last.amiss if amiss.wrong
    ]


def _of(whose: str, found: str) -> str:
    """What was found, behind the name of whose it is; "" is that of the only one."""
    return f"{whose}: {found}" if whose else found
