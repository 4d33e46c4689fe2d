"""What needs attention: what is stuck, what went wrong, who waits, and what nobody has read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from console.views import outside, stuck, troubles, uncollected
from console.views.causes import Failures
from console.views.outside import FoundAmiss
from console.views.stuck import Queue, Unfinished
from console.views.troubles import Resting, Undeleted
from console.views.uncollected import Uncollected
from fsm.transitions import MoveEvent
from store import last_good, processes, voices
from store.database import Connection
from store.last_good import UnusableFile

DAY = 24 * 3600.0
KINDS = (
    "overdue",
    "failures",
    "mute",
    "resting",
    "outside",
    "files",
    "unread",
    "queues",
    "undeleted",
)


@dataclass(frozen=True)
class Totals:
    """How many there are in all, listed or not."""

    unfinished: int
    overdue: int
    failures: int  # messages, not reasons
    mute: int  # messages, not reasons
    resting: int
    unread: int
    queues: int
    undeleted: int
    files: int
    outside: int
    voices_at_wechat: int  # permanent ones, due or not
    messages_in_a_day: int
    refused_in_a_day: int  # by a rule
    processes_alive: int


@dataclass(frozen=True)
class Attention:
    """Each list is cut to the limit that was asked for, the worst first; the totals are not.

    Never cut off: a failure that goes on, and the first of each reason that something rests for.
    `causes` is how many `failures` and `mute` have in all. `answered_at` is when a model last
    did, `spoken_at` when a voice was last made, both so far as is known, and `looked_outside_at`
    when the services outside were last looked at.
    """

    at: float
    answered_at: float | None
    spoken_at: float | None
    overdue: list[Unfinished]
    failures: list[Failures]
    mute: list[Failures]
    resting: list[Resting]
    unread: list[Uncollected]
    queues: list[Queue]
    undeleted: list[Undeleted]
    files: list[UnusableFile]
    looked_outside_at: float | None
    outside: list[FoundAmiss]
    causes: dict[str, int]
    totals: Totals

    @property
    def abandoned(self) -> bool:
        """Something is unfinished, and no process is there to finish it."""
        return self.totals.unfinished > 0 and self.totals.processes_alive == 0

    def needed(self, kinds: tuple[str, ...] = KINDS) -> bool:
        """Whether there is anything of these kinds; what is abandoned will be overdue."""
        if self.abandoned and "overdue" in kinds:
            return True
        return any(getattr(self.totals, kind) for kind in kinds)


def look(db: Connection, *, at: float, limit: int, beside: Sequence[FoundAmiss] = ()) -> Attention:
    """Everything that needs attention, at most `limit` of each kind.

    `beside` is what is wrong outside and stands in no database.
    """
    unfinished = stuck.unfinished(db, at=at)
    overdue, queues = stuck.overdue(unfinished), stuck.queues(unfinished)
    answered_at = troubles.last_moved(db, MoveEvent.ANSWERED, MoveEvent.ANSWERED_TO_SPEAK)
    spoken_at = troubles.last_moved(db, MoveEvent.VOICE_UPLOADED)
    failures = troubles.failed(db, at=at, answered_at=answered_at)
    mute = troubles.mute(db, at=at, spoken_at=spoken_at)
    resting, undeleted = troubles.resting(db, at=at), troubles.undeleted(db, at=at)
    files = last_good.unusable(db, at=at)
    looked_outside_at, found = outside.amiss(db, at=at)
    amiss = [*beside, *found]
    totals = Totals(
        unfinished=len(unfinished),
        overdue=len(overdue),
        failures=sum(failure.messages for failure in failures),
        mute=sum(failure.messages for failure in mute),
        resting=len(resting),
        unread=uncollected.count_uncollected(db, at=at),
        queues=len(queues),
        undeleted=len(undeleted),
        files=len(files),
        outside=len(amiss),
        voices_at_wechat=voices.waiting(db),
        messages_in_a_day=_count(db, "arrived_at > :since", since=at - DAY),
        refused_in_a_day=_count(db, "refused IS NOT NULL AND settled_at > :since", since=at - DAY),
        processes_alive=processes.alive(db, at=at),
    )
    everything = Attention(
        at=at,
        answered_at=max(answered_at.values(), default=None),
        spoken_at=max(spoken_at.values(), default=None),
        overdue=overdue,
        failures=failures,
        mute=mute,
        resting=resting,
        unread=uncollected.uncollected(db, at=at, limit=limit),
        queues=queues,
        undeleted=undeleted,
        files=files,
        looked_outside_at=looked_outside_at,
        outside=amiss,
        causes={"failures": len(failures), "mute": len(mute)},
        totals=totals,
    )
    return _cut(everything, limit)


def _cut(everything: Attention, limit: int) -> Attention:
    """At most `limit` of each kind, and what is never cut off."""
    reasons = {rest.reason for rest in everything.resting}
    return replace(
        everything,
        overdue=everything.overdue[:limit],
        failures=_first(everything.failures, limit),
        mute=_first(everything.mute, limit),
        resting=everything.resting[: max(limit, len(reasons))],
        queues=everything.queues[:limit],
        undeleted=everything.undeleted[:limit],
        files=everything.files[:limit],
        outside=everything.outside[:limit],
    )


def _first(failures: list[Failures], limit: int) -> list[Failures]:
    return failures[: max(limit, sum(failure.goes_on for failure in failures))]


def _count(db: Connection, which: str, **keys: float) -> int:
    return int(
        db.execute(f"SELECT count(*) AS n FROM messages WHERE {which}", keys).fetchone()["n"]
    )
