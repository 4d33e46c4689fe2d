"""Places for so many calls of the model at once; whoever comes past them waits in order."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gevent.lock import BoundedSemaphore

OLD_COUNTS = 0.9  # of what calls have taken on average, beside the one that ended last


class Places:
    """Places for `most` calls.

    `freed` is told when one is free that `place_at_once` has looked for in vain.
    """

    def __init__(self, most: int, freed: Callable[[], None]) -> None:
        self._most = most
        self._freed = freed
        self._missed = False
        self._free = BoundedSemaphore(most)
        self._waiting = 0
        self._take: float | None = None  # seconds, on average; none has ended yet

    def wait(self) -> float:
        """How many seconds one that comes now has to wait, by what calls have taken lately."""
        if not self._free.locked():
            return 0.0
        return (self._waiting + 1) * (self._take or 0.0) / self._most

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a place, and hold it for the length of the block."""
        self._waiting += 1
        try:
            self._free.acquire()
        finally:
            self._waiting -= 1
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            before = took if self._take is None else self._take
            self._take = OLD_COUNTS * before + (1 - OLD_COUNTS) * took
            self.give_back()

    def place_at_once(self) -> bool:
        """Take a place if one is free; it is given back by `give_back`."""
        if self._free.acquire(blocking=False):
            return True
        self._missed = True
        return False

    def give_back(self) -> None:
        """A place that was taken by `place_at_once` is free again."""
        self._free.release()
        if self._missed:
            self._missed = False
            self._freed()
