"""A disk whose every sync takes its time: a message waits for two of them."""

from collections.abc import Iterator

from bench.figures import Row
from bench.rig import rig, warm
from bench.scenarios.overhead import MODEL
from sandbox.slow_disk import slow_disk

SYNC_MS = 20


def run(full: bool) -> Iterator[Row]:
    """Not in the quick run."""
    if not full:
        return
    with rig(*MODEL) as found:
        server = found.server(environ=slow_disk(found.place, SYNC_MS))
        warm(server)
        load = server.load(100, 20)
    case = f"100/s, {SYNC_MS} ms for a sync"
    yield Row(case, "overhead p50", "ms", load.at(0.5))
    yield Row(case, "overhead p99", "ms", load.at(0.99))
    yield Row(case, "answered on the first try", "%", 100 * load.first / load.sent)
