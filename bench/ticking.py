"""`server.py` beside a greenlet that ticks every 10 ms and writes down when it did.

`python -m bench.ticking GAPS --config FILE`: GAPS gets a line for each gap between two ticks: when
it ended (seconds since 1970), how long it was and the processor time that this process had of it
(milliseconds). A long gap with little processor time is the machine's. All are written, so that a
ticker that has stopped is not taken for a loop that was never held up.
"""

import sys
import time
from pathlib import Path
from typing import TextIO

import gevent

import server

TICK = 0.01  # seconds


def tick(gaps: TextIO) -> None:
    """Tick for ever."""
    last, worked = time.monotonic(), time.process_time()
    while True:
        gevent.sleep(TICK)
        now, works = time.monotonic(), time.process_time()
        gaps.write(f"{time.time()} {1000 * (now - last):.1f} {1000 * (works - worked):.1f}\n")
        gaps.flush()
        last, worked = now, works


def main() -> int:
    """Run the server with what is left of the command line. Returns its exit code."""
    path = Path(sys.argv.pop(1))
    with path.open("w", encoding="ascii") as gaps:
        gevent.spawn(tick, gaps)
        return server.main()


if __name__ == "__main__":
    sys.exit(main())
