"""What a server costs that nobody writes to."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.figures import Row, most
from bench.rig import rig

SETTLED = (3.0, 15.0)  # seconds, quick and full; the looks outside at the start are over by then
TICK = 0.02  # seconds


def run(full: bool) -> Iterator[Row]:
    seconds = 30 if full else 6
    with rig() as found:
        server = found.server()
        time.sleep(SETTLED[full])
        before = server.cpu()
        count = commits(found.place / "bench.db", seconds)
        share = 100 * (server.cpu() - before) / seconds
        memory = server.memory()
    case = f"over {seconds} s"
    yield Row(case, "of a core", "%", share, target=most(0.5))
    yield Row(case, "commits in 10 s", "", count * 10 / seconds, target=most(1))
    yield Row(case, "memory", "MB", memory)


def commits(path: Path, seconds: float) -> int:
    """How many others make in that time; two within a tick count as one."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        seen = {db.execute("PRAGMA data_version").fetchone()[0]}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(TICK)
            seen.add(db.execute("PRAGMA data_version").fetchone()[0])
    return len(seen) - 1
