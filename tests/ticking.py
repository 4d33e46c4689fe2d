"""How long the loop stood still, whatever else the machine had to do meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path

import gevent

TICK = 0.01  # seconds
SCHEDULING = Path("/proc/thread-self/schedstat")


def longest_stall(work: Callable[[], object]) -> float:
    """Seconds that the loop stood still at most during `work`.

    What its thread waited for a processor is taken off: that is the machine's, not ours.
    """
    return _longest(work, lambda: time.monotonic() - kept_waiting(), TICK)


def longest_turn(work: Callable[[], object]) -> float:
    """Seconds of the processor that `work` took at most before others had their turn.

    The same however busy the machine is; what it waits for without working is not in it.
    """
    return _longest(work, time.thread_time, 0.0)


def _longest(work: Callable[[], object], clock: Callable[[], float], asleep: float) -> float:
    longest = 0.0

    def tick() -> None:
        nonlocal longest
        before = clock()
        while True:
            gevent.sleep(TICK)
            now = clock()
            longest, before = max(longest, now - before - asleep), now

    ticker = gevent.spawn(tick)
    gevent.sleep(0)
    try:
        work()
    finally:
        ticker.kill()
    return longest


def kept_waiting() -> float:
    """Seconds that this thread was ready to run and did not, in all (Linux)."""
    if not SCHEDULING.exists():
        return 0.0
    return int(SCHEDULING.read_text(encoding="ascii").split()[1]) / 1e9
