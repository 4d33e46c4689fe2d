"""`server.py` with a greenlet beside it that ticks every 10 ms, to see whether the loop stalls.

    python -m bench.ticking FILE [the server's own arguments]

When the server has stopped, FILE holds the longest gap between two ticks, in milliseconds.
"""

import server  # isort: skip  # it patches, and has to come first

import sys
import time
from pathlib import Path

import gevent

TICK = 0.01  # seconds


class Ticker:
    """Ticks from `start` to `stop`; `longest` is the longest gap between two ticks, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        self._greenlet = gevent.spawn(self._tick)

    def stop(self) -> None:
        if self._greenlet:
            self._greenlet.kill()

    def _tick(self) -> None:
        last = time.monotonic()
        while True:
            gevent.sleep(TICK)
            now = time.monotonic()
            self.longest = max(self.longest, now - last)
            last = now


def main() -> int:
    """The server's exit code."""
    place = Path(sys.argv.pop(1))
    ticker = Ticker()
    gevent.spawn_later(1.0, ticker.start)  # importing and migrating are not serving
    code = server.main()
    ticker.stop()
    place.write_text(f"{1000 * ticker.longest:.1f}\n", encoding="ascii")
    return code


if __name__ == "__main__":
    sys.exit(main())
