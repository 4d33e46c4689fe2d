"""How often somebody who is not let in is told so, and how often they may try."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

KINDLY = 3  # messages that are answered
GUESSES = 20  # at a pass phrase or a code; then nothing is looked at any more
WITHIN = 600.0  # seconds; after that it begins anew
REMEMBERED = 10_000  # followers, the last ones


@dataclass
class _Told:
    since: float
    answered: set[str] = field(default_factory=set)
    guesses: int = 0


class Patience:
    """Of one process, in memory: who is let in is never asked for. `now` is of a steady clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: OrderedDict[str, _Told] = OrderedDict()

    def tells(self, who: str, message: str, *, tried: bool = False) -> bool:
        """Whether this message is answered; its other tries get the same.

        `tried`: it may have been meant to be what lets them in.
        """
        told = self._of(who)
        told.guesses += tried
        if len(told.answered) < KINDLY:
            told.answered.add(message)
        self._told[who] = told
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return message in told.answered

    def is_over(self, who: str) -> bool:
        """Whether they have tried too often: whoever guesses has to wait."""
        return who in self._told and self._of(who).guesses >= GUESSES

    def _of(self, who: str) -> _Told:
        told = self._told.get(who)
        if told is None or self._now() - told.since >= WITHIN:
            self._told.pop(who, None)
            return _Told(self._now())
        return told
