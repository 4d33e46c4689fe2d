"""Whether a signed push is of now, and what pushes say of the clocks here."""

import time
from collections.abc import Callable, Sequence

from settings.language import said

FRESH_SECONDS = 300.0
AGREE_SECONDS = 30.0  # so much may lie between what two pushes say of a clock


class Freshness:
    """Judges when pushes were signed: by the clocks here, and by the pushes before.

    A clock may be set while messages are under way. What WeChat signed before then tells the time,
    or else what it was at the start, so their tries are not taken for old requests that somebody
    sends once more. `clocks` gives what they say, in seconds since 1970: this machine's, and behind
    it the database's where that is another one; a push is of now where it is by one of them. `now`
    gives the seconds of a clock that nobody sets.
    """

    def __init__(
        self, clocks: Callable[[], Sequence[float]], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._clocks = clocks
        self._now = now
        # What the clocks would have said when `now` was 0.
        self._clock_starts = [clock - now() for clock in clocks()]
        self._start: float | None = None  # WeChat's time then, by pushes
        self._doubt: tuple[int, float] | None = None  # one that was stale: when signed, how far off
        # Seconds that each clock is ahead of WeChat's; 0: it is right, or nothing is known of it.
        self.ahead = [0.0 for _ in self._clock_starts]
        self.served = True  # whether pushes are taken all the same

    def takes(self, signed_at: int) -> bool:
        """Whether what was signed then, in seconds since 1970, is of now.

        A request that comes again tells nothing of the clocks, however often: only one that is
        later than all of them does, one that the pushes before prove, or two of which none was
        before.
        """
        ahead = self._ahead(signed_at)
        fresh = [abs(much) <= FRESH_SECONDS for much in ahead]
        start = signed_at - self._now()
        later = 0.0 if self._start is None else start - self._start  # than the pushes before say
        if any(fresh) and later >= -FRESH_SECONDS:
            self._start = start if self._start is None else max(self._start, start)
            self._doubt, self.served = None, True
            self.ahead = [
                0.0 if of_now else much for much, of_now in zip(ahead, fresh, strict=True)
            ]
            return True
        if all(fresh):
            return True
        known = self._clock_starts if self._start is None else [self._start]
        proven = any(abs(start - one) <= FRESH_SECONDS for one in known)
        if proven or (max(ahead) < 0 and later >= 0) or self._again(signed_at, ahead[0]):
            self.ahead, self.served = ahead, proven
        return proven

    def how_wrong(self, signed_at: int) -> str:
        """What is said of this machine's clock where a request of then is of now by none here."""
        ahead = self._ahead(signed_at)
        if min(map(abs, ahead)) <= FRESH_SECONDS:
            return ""
        much = abs(ahead[0])
        if ahead[0] < 0:
            return said(
                "is this machine's clock right? it is {much:.0f} s behind WeChat's", much=much
            )
        return said(
            "is this machine's clock right? it is {much:.0f} s ahead of WeChat's", much=much
        )

    def _ahead(self, signed_at: int) -> list[float]:
        return [clock - signed_at for clock in self._clocks()]

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


def signing_time(timestamp: str) -> int | None:
    """The `timestamp` of a request, in seconds since 1970; None where it is none."""
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return int(timestamp) if is_time else None
