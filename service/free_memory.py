"""A part of the background that gives back to the system what a busy moment needed.

The C library keeps what is freed below anything that is in use. Without this a process has for good
what its busiest moment took: after 800 messages at once 125 MB, with it 102.
"""

import ctypes

import gevent

EVERY = 60.0  # seconds; it takes some milliseconds where there is much to give back, else 0.2


class FreeMemory:
    """Where the C library has no way to do so (musl, macOS) nothing is done."""

    name = "free_memory"
    first_after = EVERY

    def __init__(self) -> None:
        self._give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)

    def run_once(self) -> float:
        """Give back whole pages that nobody uses. Returns the seconds until the next time."""
        if self._give_back:
            gevent.get_hub().threadpool.apply(self._give_back, (0,))
        return EVERY
