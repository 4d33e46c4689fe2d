"""How often somebody who is not let in is told so, before nothing is said any more."""

import time
from collections import OrderedDict
from collections.abc import Callable

KINDLY = 3  # messages that are answered
WITHIN = 600.0  # seconds; after that it begins anew
REMEMBERED = 10_000  # followers, the last ones


class Patience:
    """Of one process, in memory: who is let in is never asked for. `now` is of a steady clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: OrderedDict[str, tuple[float, set[str]]] = OrderedDict()

    def tells(self, who: str, message: str) -> bool:
        """Whether this message is answered; its other tries get the same."""
        since, answered = self._told.get(who, (self._now(), set()))
        if self._now() - since >= WITHIN:
            since, answered = self._now(), set()
            self._told.pop(who, None)
        if len(answered) < KINDLY:
            answered.add(message)
        self._told[who] = since, answered
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return message in answered
