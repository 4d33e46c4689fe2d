"""An open-loop load: messages arrive on schedule, whatever becomes of the ones before.

`python -m bench.tries` starts the stand-in for the model and the server as processes of their own,
posts as WeChat does, and reports what followers got and how long the server took over it. What it
takes is the time from the model's end to the reply's arrival at the follower, on one clock.
"""

import argparse
import os
import platform
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import gevent

from sandbox.load import Report, Sent, as_line, drive, report
from sandbox.processes import TOKEN, NotStarted, free_port, live_config, model_process, running
from sandbox.slow_disk import NoCompiler, slow_disk


def as_text(result: Report, sent: Sequence[Sent], gap: float) -> str:
    """The report for people; `gap` as `longest_gap` tells it."""
    lines = [
        f"answered on the first try   {result.first} of {len(sent)}",
        f"answered on a later try     {result.later}",
        f"put off                     {result.put_off}",
        f"never answered              {result.never}",
        f"model calls                 {result.model_calls} ({result.asked_twice} asked twice)",
        f"overhead                    {as_line(result.overhead)}",
        f"all but the model           {as_line(result.whole)}",
        f"posted later than due       {as_line(result.lateness)}",
        "longest stall of the loop   " + (f"{gap:.1f} ms" if gap else "under 20 ms"),
    ]
    return "\n".join(lines)


def machine() -> str:
    """What it ran on."""
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {python}, SQLite {sqlite}, gevent {gevent.__version__}"
    )


def bench(options: argparse.Namespace) -> tuple[list[Sent], Report, float]:
    """Start model and server, send, stop both. Returns what was sent, what became of it, and the
    server's longest gap between two ticks in milliseconds.

    Raises `NotStarted`, `NoCompiler`.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huixin-bench-")))
        model, port = stack.enter_context(model_process(place)), free_port()
        model.answers_after(options.model_seconds)
        slow = slow_disk(place, options.fsync_ms) if options.fsync_ms else {}
        command = ["-m", "bench.ticking", str(place / "gaps")]
        command += ["--config", str(live_config(place, port, model.port))]
        log = place / "server.log"
        with running("server.py", port, *command, log=log, environ=slow):
            began = time.time()
            sent = send_all(f"http://127.0.0.1:{port}/wechat", TOKEN, options)
            ended = time.time()
        gap = longest_gap(place / "gaps", began, ended)
        return sent, report(sent, model.ends(), model.begins()), gap


def longest_gap(gaps: Path, began: float, ended: float) -> float:
    """The longest that `bench.ticking` noted between two times, in milliseconds; 0 for none."""
    noted = [line.split() for line in gaps.read_text(encoding="ascii").splitlines()]
    return max((float(ms) for at, ms, _ in noted if began < float(at) < ended), default=0.0)


def send_all(url: str, token: str, options: argparse.Namespace) -> list[Sent]:
    """Send what the options say."""
    return drive(
        url,
        token,
        rate=options.rate,
        messages=options.messages,
        followers=options.followers,
    )


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.tries", description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="messages a second")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--followers", type=int, default=1000, help="who send them in turn")
    parser.add_argument("--model-seconds", type=float, default=0.3, help="each answer takes")
    parser.add_argument(
        "--fsync-ms", type=int, default=0, help="how long each sync of the disk takes"
    )
    parser.add_argument("--url", help="of a server that runs already, with a model of its own")
    parser.add_argument("--token", default=TOKEN, help="of that server")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 if a message was never answered, 2 if a process did not come up."""
    options = parsed(arguments)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection for each open try
    print(f"{machine()}\n{options.messages} messages of {options.followers} followers, ", end="")
    model = "its own model" if options.url else f"a model that takes {options.model_seconds:g} s"
    print(f"{options.rate:g} a second; {model}", flush=True)
    try:
        if options.url:
            sent = send_all(options.url, options.token, options)
            result, gap = report(sent, None), 0.0
        else:
            sent, result, gap = bench(options)
    except (NotStarted, NoCompiler) as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(as_text(result, sent, gap))
    return int(result.never > 0)


if __name__ == "__main__":
    sys.exit(main())
