"""How long each view of `python -m store.inspect` takes over many stored messages.

They are those of `bench.stored`; one in twenty was not read to its end, and 300 are stuck now.
"cold": the file is not in the system's memory (Linux).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.stored import Stored, fill
from sandbox.processes import ROOT

STUCK = 300
ROUNDS = 5
VIEWS = {
    "attention": [],
    "list": ["list"],
    "list FAILED": ["list", "--state", "FAILED"],
    "list GENERATING": ["list", "--state", "GENERATING"],
    "list, one follower": ["list", "--follower", "17"],
    "show": ["show", "400017"],
    "show, by MsgId": ["show", "24000000000400017"],
    "follower": ["follower", "17"],
    "follower, by open id": ["follower", "o-follower-17"],
    "stats, 24 h": ["stats"],
    "stats, 30 days": ["stats", "--since", "30d"],
}


def seconds(path: Path, words: Sequence[str]) -> float:
    """How long the whole command takes, from its start to its end."""
    command = [sys.executable, "-m", "store.inspect", "--db", str(path), *words]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def forget(path: Path) -> None:
    """Have the system forget what it holds of the file, where it can be told to."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 where a view took more than a second when it was warm."""
    parser = argparse.ArgumentParser(prog="python -m bench.inspect", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--followers", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=150, help="of an answer, on average")
    parser.add_argument("--db", type=Path, help="use this one, or make it and keep it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="huixin-bench-") as place:
        path = options.db or Path(place) / "huixin.db"
        if not path.exists():
            began = time.perf_counter()
            many = {key: getattr(options, key) for key in ("messages", "followers", "characters")}
            fill(path, Stored(**many, unfinished=STUCK))
            print(f"filled in {time.perf_counter() - began:.0f} s, ", end="")
        print(f"{path.stat().st_size / 2**20:,.0f} MiB\n{'':24}{'warm':>8}{'cold':>8}  seconds")
        return int(not all([timed(path, view, words) for view, words in VIEWS.items()]))


def timed(path: Path, view: str, words: list[str]) -> bool:
    """Print one line. Whether it was fast enough."""
    forget(path)
    cold = seconds(path, words)
    warm = sorted(seconds(path, words) for _ in range(ROUNDS))[ROUNDS // 2]
    print(f"{view:24}{warm:8.3f}{cold:8.3f}", flush=True)
    return warm < 1.0


if __name__ == "__main__":
    sys.exit(main())
