"""How long the many works of a commit take: it grows where one core has too much to do.

What they wait for is left out, a lock or the disk: followers are better held for that. But where
processes take turns at writing, each waits for the others' works, and those count as its own do.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

MANY = 20  # works; fewer that take long read a cold file, or remove what is old
OF_NOW = 1.0  # seconds for which the last commit says something
TURN = 0.02  # seconds of a wait that is one for another's commit
TURNS = 3  # so many of them are no lock that somebody holds for once,
IN_TURN = 5.0  # where they are within so many seconds


class Phase:
    """A part of each commit, timed."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began: float | None = None
        self.took = 0.0  # seconds, the last time
        self.ended = 0.0

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Within the block."""
        self._began = began = self._now()
        try:
            yield
        finally:
            self.ended = self._now()
            self.took, self._began = self.ended - began, None

    def seconds(self) -> float:
        """It has taken so long by now, or took it the last time, a moment ago."""
        now, began = self._now(), self._began
        last = self.took if now - self.ended < OF_NOW else 0.0
        return max(last, now - began) if began is not None else last


class Pace:
    """Of one thread; it may be asked from any. `now`: seconds of a steady clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.saving = Phase(now)
        self._waiting, self._working = Phase(now), Phase(now)
        self._many = False
        self._turns = deque[float](maxlen=TURNS)  # when waits for another's commit ended

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within the block another process may be writing."""
        with self._waiting.under_way():
            yield
        if self._waiting.took > TURN:
            self._turns.append(self._waiting.ended)

    def working(self, works: int) -> AbstractContextManager[None]:
        """Within the block so many works are under way."""
        if works >= MANY and not self._many:
            self._working = Phase(self._now)  # what few took says nothing
        self._many = works >= MANY
        return self._working.under_way()

    @property
    def lasted(self) -> float:
        """Seconds that the works of the last commit took."""
        return self._working.took

    def seconds(self) -> float:
        """What many works take, here and, where processes take turns, of the others."""
        if not self._many:
            return 0.0
        works = self._working.took
        share = works / (works + self.saving.took) if works and self._takes_turns() else 0.0
        return self._working.seconds() + self._waiting.seconds() * share

    def _takes_turns(self) -> bool:
        turns = list(self._turns)
        return len(turns) == TURNS and self._now() - turns[0] < IN_TURN
