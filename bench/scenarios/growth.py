"""What it costs that much is stored, in all and of one follower."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from bench.figures import Row, most, ratio_of_most
from bench.rig import Program, Rig, rig, warm
from bench.scenarios.overhead import MODEL, rows
from bench.stored import Stored, fill
from sandbox.processes import ROOT
from store import owed_checks
from store.sqlite.migrations import migrate

KEPT = ROOT / "var" / "bench"
# A third of what is stored is of each of these groups: its first number, and how many they are.
GROUPS = {"1 follower": (1, 1), "100 followers": (2, 100), "10,000 followers": (102, 10_000)}
# Messages a second: few enough that it is the store that is compared, and not who waits for whom.
RATES = {"1 follower": 2, "100 followers": 50, "10,000 followers": 50}
LEAST = 120  # messages: of fewer the processor time is coarse
UNREAD = 0.002  # of the messages: somebody who wrote 300,000 did not leave hundreds unread today
FOLLOWERS = 10_101


def run(full: bool) -> Iterator[Row]:
    groups = GROUPS if full else {"10,000 followers": GROUPS["10,000 followers"]}
    for stored in (100_000, 1_000_000) if full else (100_000,):
        path = database(stored)
        with rig(*MODEL) as found:
            yield from compared(found, path, stored, groups, 10 if full else 4)
            if full:
                yield from killed(found, path, stored)
        clean(path)


def compared(
    found: Rig, path: Path, stored: int, groups: dict[str, tuple[int, int]], seconds: float
) -> Iterator[Row]:
    """Beside a server whose store was empty at its start, in turn with it."""
    with ExitStack() as stack:
        empty, full = server(found, None, stack), server(found, path, stack)
        case = f"{stored:,} stored"
        started = full.started, empty.started
        yield Row(case, "listening after", "s", *started, "empty store", most(1))
        warm(empty, full)
        for group, (first, followers) in groups.items():
            who = ("--prefix", "o-follower-", "--first", str(first), "--followers", str(followers))
            rate = RATES[group]
            loads = [one.load(rate, max(seconds, LEAST / rate), *who) for one in (empty, full)]
            for row in rows(f"{case}, {group}", loads[1], loads[0], "empty store"):
                aimed = row.figure in ("overhead p50", "CPU per message")
                yield row.aimed(ratio_of_most(1.15) if aimed else None)


def killed(found: Rig, path: Path, stored: int) -> Iterator[Row]:
    """A start after an end that was not in order."""
    with ExitStack() as stack:
        subprocess.run(["kill", "-9", str(server(found, path, stack).pid)], check=True)
    with ExitStack() as stack:
        started = server(found, path, stack).started
    yield Row(f"{stored:,} stored, after kill -9", "listening after", "s", started, target=most(1))


def server(found: Rig, path: Path | None, stack: ExitStack) -> Program:
    """A server on that database, or on one of its own."""
    store = {"store": {"path": str(path), "keep_days": 3650}} if path else {}
    return found.server({"limits": {"gap_seconds": 0}, **store}, stack=stack)


def database(stored: int) -> Path:
    """Made the first time, and kept."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"stored-{stored}.db"
    if not path.exists():
        began = time.monotonic()
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        fill(half, Stored(stored, FOLLOWERS, unread_share=UNREAD, whose=one_of_a_group))
        half.rename(path)
        print(f"{stored:,} stored in {time.monotonic() - began:.0f} s", file=sys.stderr)
    clean(path)
    return path


def one_of_a_group(chance: random.Random, number: int) -> int:
    """A third of the messages are of each group."""
    first, followers = list(GROUPS.values())[number % 3]
    return first + chance.randrange(followers)


def clean(path: Path) -> None:
    """As if the last server had been of this version, and had ended in order."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        migrate(db, ROOT / "migrations")
        owed_checks.done(db)
