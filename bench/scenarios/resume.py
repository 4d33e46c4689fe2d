"""A start with a thousand unfinished messages, beside new ones from its first moment on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.figures import Row, least, load_of, most
from bench.rig import begun, ended, rig
from bench.scenarios.overhead import MODEL
from bench.stored import Stored, fill
from sandbox.processes import ask
from store.messages import UNFINISHED

UNFINISHED_ONES = 1000
NEW = (20, 4)  # messages a second, seconds
AT_MOST = 60.0  # seconds for all of them


def run(full: bool) -> Iterator[Row]:
    del full  # it takes seconds
    many = UNFINISHED_ONES
    with rig(*MODEL) as found:
        path = found.place / "bench.db"
        fill(path, Stored(many, many, unfinished=many, whose=lambda chance, number: number))
        began = time.monotonic()
        server = found.server()
        new = begun(server.port, *NEW)
        settled_after = until_settled(path) - began
        load = load_of(ended(new))
        calls = ask(found.model_port, "GET", "/calls")
    stored = [times for question, times in calls.items() if "个问题是" in question]
    case = f"{many} unfinished"
    yield Row(case, "listening after", "s", server.started, target=most(1))
    yield Row(case, "all of them settled after", "s", settled_after)
    yield Row(case, "asked of the model", "questions", len(stored), target=least(many))
    yield Row(case, "asked more than once", "questions", sum(times > 1 for times in stored))
    new_ones = f"{case}, new ones from the start on"
    yield Row(new_ones, "answered on the first try", "%", 100 * load.first / load.sent)
    yield Row(new_ones, "overhead p50", "ms", load.at(0.5))
    yield Row(new_ones, "overhead p99", "ms", load.at(0.99))


def until_settled(path: Path) -> float:
    """When nothing of what was stored is unfinished, by `time.monotonic()`; `inf` if never."""
    give_up_at = time.monotonic() + AT_MOST
    select = f"SELECT count(*) FROM messages WHERE {UNFINISHED} AND id <= {UNFINISHED_ONES}"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        while db.execute(select).fetchone()[0]:
            if time.monotonic() > give_up_at:
                return float("inf")
            time.sleep(0.1)
    return time.monotonic()
