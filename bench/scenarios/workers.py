"""Two workers beside one, each with a share of a core: as many messages as none of them can do."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Load, Row
from bench.rig import rig, warm
from bench.scenarios.overhead import MODEL
from bench.scenarios.overload import fates

SHARE = 0.2  # of a core, so that load and model have room on a machine of two
PERIOD = 0.05  # seconds, of which a worker runs for its share
RATE = 300  # messages a second


def run(full: bool) -> Iterator[Row]:
    seconds = 20 if full else 4
    one, two = (served(workers, seconds) for workers in (1, 2))
    case = f"{RATE}/s, each {SHARE:g} of a core"
    answered = two.answered / seconds, one.answered / seconds
    yield Row(f"{case}, two workers", "answered", "/s", *answered, "one worker")
    yield from fates(f"{case}, one worker", one)
    yield from fates(f"{case}, two workers", two)


def served(workers: int, seconds: float) -> Load:
    """What becomes of a load with so many workers."""
    with rig(*MODEL) as found:
        server = found.server({"server": {"workers": workers}})
        warm(server)
        with rationed(serving(server.pid)):
            return server.load(RATE, seconds)


def serving(pid: int) -> list[int]:
    """The processes that serve: a server's workers, or itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()] or [pid]


@contextmanager
def rationed(pids: list[int]) -> Iterator[None]:
    """Within the block each of the processes runs for its share of each period."""
    ended = threading.Event()
    threads = [threading.Thread(target=_ration, args=(pid, ended)) for pid in pids]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _ration(pid: int, ended: threading.Event) -> None:
    while not ended.wait(PERIOD * SHARE):
        os.kill(pid, signal.SIGSTOP)
        ended.wait(PERIOD * (1 - SHARE))
        os.kill(pid, signal.SIGCONT)
