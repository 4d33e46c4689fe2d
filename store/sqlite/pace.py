"""How long the works of a commit take by themselves: it grows where one core has too much to do.

What they wait for is left out, a lock or the disk: followers are better held for that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

OF_NOW = 1.0  # seconds for which the last commit says something


class Pace:
    """Of one thread; it may be asked from any."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._took = 0.0
        self._ended = 0.0

    @contextmanager
    def working(self) -> Iterator[None]:
        """Within the block works are under way."""
        self._began = began = time.monotonic()
        try:
            yield
        finally:
            self._ended = time.monotonic()
            self._took, self._began = self._ended - began, None

    def seconds(self) -> float:
        """Those that are under way have taken so long, or the last ones took it, a moment ago."""
        now, began = time.monotonic(), self._began
        last = self._took if now - self._ended < OF_NOW else 0.0
        return max(last, now - began) if began is not None else last
