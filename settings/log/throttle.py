"""No flood in the log while the database is of no use: each complaint now and then."""

import time
from collections.abc import Callable

from settings.announcements import Fields

EVERY = 10.0  # seconds


class LogThrottle:
    """Holds back a complaint about the database that was made in the last `every` seconds.

    The next one that is let through says how many there were in between. `clock` gives seconds.
    """

    def __init__(self, every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._made: dict[str, tuple[float, int]] = {}

    def let_through(self, event: str, fields: Fields) -> Fields | None:
        """The fields to write, or None where the event is held back."""
        if not getattr(fields.get("reason"), "comes_often", False):
            return fields
        now = self._clock()
        made_at, held_back = self._made.get(event, (-self._every, 0))
        if now - made_at < self._every:
            self._made[event] = made_at, held_back + 1
            return None
        self._made[event] = now, 0
        return {**fields, "held_back": held_back or None}
