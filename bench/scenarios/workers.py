"""Two workers beside one, each with a share of a core: as many messages as none of them can do."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Load, Row
from bench.rig import Program, rig, warm
from bench.scenarios.overhead import MODEL
from bench.scenarios.overload import BEST, fates, itself_again, overload, told_after

SHARE = 0.2  # of a core, so that load and model have room on a machine of two
TICK = 0.005  # seconds between two looks at what a worker has used
RATE = 300  # messages a second


def run(full: bool) -> Iterator[Row]:
    seconds = 20 if full else 4
    one, two = (served(workers, seconds) for workers in (1, 2))
    case = f"{RATE}/s, each {SHARE:g} of a core"
    answered = two.answered / seconds, one.answered / seconds
    yield Row(f"{case}, two workers", "answered", "/s", *answered, "one worker")
    yield from fates(f"{case}, one worker", one)
    yield from fates(f"{case}, two workers", two)
    yield from too_much(4 * BEST if full else 2 * BEST, seconds)


def too_much(rate: int, seconds: float) -> Iterator[Row]:
    """More than two workers can do, which share all there is with the load and the model."""
    case = f"{rate}/s, two workers"
    with rig(*MODEL) as found:
        server = found.server({"server": {"workers": 2}})
        warm(server)
        load, afterwards = overload(server, rate, seconds)
    yield Row(case, "answered", "/s", load.answered / seconds)
    yield from fates(case, load)
    yield from told_after(case, load)
    yield from itself_again(case, afterwards)


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
    """Within the block each of the processes has its share of a core."""
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
    """Stop it whenever it has used more than its share by then."""
    one, began = Program(pid, port=0, started=0.0), time.monotonic()
    before = one.cpu()
    while not ended.wait(TICK):
        is_over = one.cpu() - before > SHARE * (time.monotonic() - began)
        os.kill(pid, signal.SIGSTOP if is_over else signal.SIGCONT)
    os.kill(pid, signal.SIGCONT)
