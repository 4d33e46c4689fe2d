"""What runs beside the messages: each part again and again, in a greenlet of its own.

What a part foresees it tells of itself. Any other fault is told of here, and the part goes on.
"""

from collections.abc import Iterable
from typing import Protocol

import gevent

from settings.announcements import fault

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds after a fault, doubled while it goes on
DOUBLED_AT_MOST = 10  # times, which is past the longest pause


class BackgroundPart(Protocol):
    """Something to be done now and then.

    `name` is what the log calls it, `first_after` in how many seconds it is first done.
    """

    name: str
    first_after: float

    def run_once(self) -> float:
        """Do what there is to do. Returns how many seconds later it is to be looked at again."""


class Background:
    """The parts, from `start` to `stop`; `own` are those of an account, each with its name."""

    def __init__(
        self, parts: Iterable[BackgroundPart], own: Iterable[tuple[str, BackgroundPart]] = ()
    ) -> None:
        self._parts = [PartThatGoesOn(part) for part in parts]
        self._parts += [PartThatGoesOn(part, account) for account, part in own]
        self._greenlets: list[gevent.Greenlet[[], None]] = []

    def start(self) -> None:
        """Run each part from now on, as it says itself."""
        self._greenlets = [gevent.spawn(part.go_on) for part in self._parts]

    def stop(self) -> None:
        """End each part, wherever it is. Stopping what never started is harmless."""
        gevent.killall(self._greenlets)


class PartThatGoesOn:
    """A part, and how often it has failed one time after the other."""

    def __init__(self, part: BackgroundPart, account: str = "") -> None:
        self._part = part
        self._account = account or None
        self._faults = 0

    def go_on(self) -> None:
        """Never ends by itself."""
        gevent.sleep(self._part.first_after)
        while True:
            gevent.sleep(self.turn())

    def turn(self) -> float:
        """Run the part once. Returns the pause it asks for; after a fault, one that grows."""
        try:
            pause = self._part.run_once()
        except (Exception, gevent.Timeout) as error:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._faults, DOUBLED_AT_MOST))
            self._faults += 1
            fault(error, part=self._part.name, account=self._account, pause=pause)
            return pause
        self._faults = 0
        return pause
