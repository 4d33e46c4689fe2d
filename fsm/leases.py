"""What time it is for the leases of other processes, whatever becomes of this machine's clock.

A clock that is put forward lapses every lease at once, of processes that are well and renew theirs
within a second. So between two beats time passes here as it does on the steady clock; and at the
beat that finds a step, who seems to be dead is vouched for, once.
"""

from store.database import Database
from store.processes import Glance, Process

STEP = 5.0  # seconds between the two clocks that no slowness explains
VOUCHED_FOR = 5.0  # seconds; who is well beats within them, and by more than this


class Leases:
    """Of one process, from one of its beats to the next."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._wall = db.clock()
        self._steady = db.steady()
        self._first = True
        self._vouched: set[str] = set()

    def now(self) -> float:
        """With what leases are compared: seconds since 1970, and never ahead of what passed."""
        return min(self._db.clock(), self._passed())

    def lapsed_by_a_step(self, seen: Glance, *, at: float) -> list[Process]:
        """Those whose lease has lapsed at this beat though they may be well.

        At the first beat nobody knows of a step, but who runs on this machine can be seen.
        """
        stepped = at - self._passed() > STEP
        self._vouched -= {
            one.process.id for one in seen.others if one.alive_until - at > VOUCHED_FOR + 1
        }
        doubted = [
            one.process
            for one in seen.others
            if one.alive_until <= at and one.process.running and one.process.id not in self._vouched
        ]
        return [one for one in doubted if stepped or (self._first and one.here)]

    def beaten(self, vouched: list[Process], *, at: float) -> None:
        """There was a beat, and those were vouched for at it."""
        self._wall, self._steady, self._first = at, self._db.steady(), False
        self._vouched |= {one.id for one in vouched}

    def _passed(self) -> float:
        return self._wall + self._db.steady() - self._steady
