"""Measures the server beside the floor program: `python -m bench`, or `make bench`.

Load, model and both servers are processes of their own. Without --full it takes three minutes; a
figure that is to be quoted wants --full and a machine that does nothing else.
"""

import argparse
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bench import report
from bench.figures import Row
from bench.machine import busy_seconds, machine, own_seconds
from bench.scenarios import (
    collecting,
    connections,
    growth,
    highest,
    idle,
    in_flight,
    memory,
    overhead,
    overload,
    resume,
    slow_disk,
    streams,
    tls,
    voice,
    workers,
)
from sandbox.processes import ROOT, NotStarted
from sandbox.slow_disk import NoCompiler

SCENARIOS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "overhead": overhead.run,
    "highest": highest.run,
    "overload": overload.run,
    "in_flight": in_flight.run,
    "streams": streams.run,
    "collecting": collecting.run,
    "growth": growth.run,
    "resume": resume.run,
    "workers": workers.run,
    "connections": connections.run,
    "tls": tls.run,
    "slow_disk": slow_disk.run,
    "voice": voice.run,
    "idle": idle.run,
    "memory": memory.run,
}


def measured(name: str, full: bool) -> report.Measured:
    """Run one scenario, and tell its rows."""
    began, ours, all_of_it = time.monotonic(), own_seconds(), busy_seconds()
    rows = []
    for row in SCENARIOS[name](full):
        rows.append(row)
        print(report.as_line(name, row), flush=True)
    took = time.monotonic() - began
    others = max(0.0, busy_seconds() - all_of_it - own_seconds() + ours) / took
    print(f"{name:12}took {took:.0f} s; the machine's other work: {others:.2f} cores\n", flush=True)
    return report.Measured(rows, machine(), others)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="as long as each figure needs")
    names = ", ".join(SCENARIOS)
    parser.add_argument("--only", help=f"one of these, or several with commas between: {names}")
    parser.add_argument("--messages", type=int, default=0, help="of `memory`, which takes 200,000")
    parser.add_argument("--into", type=Path, help="a folder for the results")
    options = parser.parse_args(arguments)
    options.names = options.only.split(",") if options.only else list(SCENARIOS)
    if unknown := set(options.names) - SCENARIOS.keys():
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {names}")
    options.into = options.into or (ROOT / "docs" if options.full else ROOT / "var" / "bench")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 if a target was missed, 2 if a process did not come up."""
    options = parsed(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it started is stopped then
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))  # inherited: one for each open try
    SCENARIOS["memory"] = partial(memory.run, many=options.messages)
    print(machine(), flush=True)
    results = report.read(options.into / "benchmarks.json")
    try:
        for name in options.names:
            results[name] = measured(name, options.full)
            report.write(results, options.into)
    except (NotStarted, NoCompiler) as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    drawn(results, options.into)
    return int(any(row.met is False for name in options.names for row in results[name].rows))


def drawn(results: report.Results, folder: Path) -> None:
    """Draw the chart, where there is what draws it."""
    try:
        from bench import chart
    except ImportError:
        print("no chart: matplotlib is not installed, see `make bench`", file=sys.stderr)
        return
    chart.draw(results, folder)


if __name__ == "__main__":
    sys.exit(main())
