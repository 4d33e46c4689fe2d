"""Whether a signed push is of now, and what pushes say of this machine's clock."""

import time
from collections.abc import Callable

from settings.language import said

FRESH_SECONDS = 300.0
AGREE_SECONDS = 30.0  # so much may lie between what two pushes say of a clock


class Freshness:
    """Judges when pushes were signed: by this machine's clock, and by the pushes before.

    A clock may be set while messages are under way. What WeChat signed before then tells the time,
    or else what it was at the start, so their tries are not taken for old requests that somebody
    sends once more. `at` is what the clock says, and `now` gives the seconds of one that nobody
    sets.
    """

    def __init__(self, at: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock_start = at - now()  # what the clock would have said when `now` was 0
        self._start: float | None = None  # WeChat's time then, by pushes
        self._doubt: tuple[int, float] | None = None  # one that was stale: when signed, how far off
        self.ahead = 0.0  # seconds that the clock is ahead of WeChat's; 0: it is right, or unknown
        self.served = True  # whether pushes are taken all the same

    def takes(self, signed_at: int, *, at: float) -> bool:
        """Whether what was signed then (seconds since 1970) is of now, which the clock calls `at`.

        A request that comes again tells nothing of the clock, however often: only one that is later
        than all clocks does, one that the pushes before prove, or two of which none was before.
        """
        ahead = at - signed_at
        start = signed_at - self._now()
        later = 0.0 if self._start is None else start - self._start  # than the pushes before say
        if abs(ahead) <= FRESH_SECONDS:
            if later >= -FRESH_SECONDS:
                self._start = start if self._start is None else max(self._start, start)
                self._doubt, self.ahead, self.served = None, 0.0, True
            return True
        known = self._clock_start if self._start is None else self._start
        proven = abs(start - known) <= FRESH_SECONDS
        if proven or (ahead < 0 and later >= 0) or self._again(signed_at, ahead):
            self.ahead, self.served = ahead, proven
        return proven

    def _again(self, signed_at: int, ahead: float) -> bool:
        """Whether the first of all pushes, signed at another time, said the same of the clock."""
        if self._start is not None:
            return False
        before, self._doubt = self._doubt, (signed_at, ahead)
        return (
            before is not None
            and before[0] != signed_at
            and abs(before[1] - ahead) <= AGREE_SECONDS
        )


def how_wrong(ahead: float) -> str:
    """What is said of a clock that is so many seconds ahead of WeChat's; "" where it is right."""
    much = abs(ahead)
    if much <= FRESH_SECONDS:
        return ""
    if ahead < 0:
        return said("is this machine's clock right? it is {much:.0f} s behind WeChat's", much=much)
    return said("is this machine's clock right? it is {much:.0f} s ahead of WeChat's", much=much)


def signing_time(timestamp: str) -> int | None:
    """The `timestamp` of a request, in seconds since 1970; None where it is none."""
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return int(timestamp) if is_time else None
