"""Tells those who wait that something was saved: SQLite itself tells nobody of a commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent.event import Event

LOOK_EVERY = 0.05  # seconds, while somebody waits


class Watching:
    """`version` gives a number that changes with each commit, by whichever process."""

    def __init__(self, version: Callable[[], int]) -> None:
        self._version = version
        self._watchers: set[Event] = set()
        self._looking: gevent.Greenlet[[], None] | None = None

    @contextmanager
    def watch(self, changed: Event) -> Iterator[None]:
        """Within the block `changed` is set whenever something may have been saved meanwhile."""
        self._watchers.add(changed)
        if not self._looking:
            self._looking = gevent.spawn(self._look)
        try:
            yield
        finally:
            self._watchers.discard(changed)

    def close(self) -> None:
        """Look no more."""
        if self._looking:
            self._looking.kill()

    def _look(self) -> None:
        seen: int | None = None  # of what was saved before, nobody knows
        while self._watchers:
            now = self._now()
            if now is None or now != seen:
                for changed in self._watchers:
                    changed.set()
            seen = now
            gevent.sleep(LOOK_EVERY)
        self._looking = None

    def _now(self) -> int | None:
        """None where it cannot be read: whoever reads next learns why."""
        try:
            return self._version()
        except Exception:
            return None
