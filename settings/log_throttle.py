"""No flood in the log while the database is of no use: each complaint now and then."""

import logging
import time
from collections.abc import Callable

EVERY = 10.0  # seconds


class LogThrottle(logging.Filter):
    """Holds back a complaint about the database that was made in the last `every` seconds.

    The next one that is let through says how many there were in between. `clock` gives seconds.
    """

    def __init__(self, every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every = every
        self._clock = clock
        self._made: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if not _complains(record):
            return True
        complaint, now = str(record.msg), self._clock()
        made_at, held_back = self._made.get(complaint, (-self._every, 0))
        if now - made_at < self._every:
            self._made[complaint] = made_at, held_back + 1
            return False
        if held_back:
            record.msg = f"{complaint} held_back={held_back}"
        self._made[complaint] = now, 0
        return True


def _complains(record: logging.LogRecord) -> bool:
    named = record.args if isinstance(record.args, tuple) else ()
    return any(getattr(arg, "comes_often", False) for arg in named)
