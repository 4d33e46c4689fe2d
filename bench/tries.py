"""An open-loop load: messages arrive on schedule, whatever becomes of the ones before.

`python -m bench.tries` starts the stand-in for the model and the server as processes of their own,
posts as WeChat does, and reports what followers got and how long the server took over it. What it
takes is the time from the model's end to the reply's arrival at the follower, on one clock.
"""

import argparse
import math
import os
import platform
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import gevent

from bench.processes import TOKEN, Model, NotStarted, free_port, live_config, running
from bench.slow_disk import NoCompiler, slow_disk
from sandbox.follower import Follower, Outcome


@dataclass(frozen=True)
class Sent:
    """A message and how it ended. Times in seconds since 1970."""

    question: str
    due_at: float
    sent_at: float
    outcome: Outcome

    @property
    def seen_at(self) -> float:
        """When the reply had arrived. Only of one that was delivered."""
        return self.sent_at + (self.outcome.seen_after or math.inf)


@dataclass(frozen=True)
class Report:
    """What became of the messages. Times in milliseconds."""

    first: int  # answered on the first try
    later: int  # answered on a later one
    put_off: int  # a reply, but from before the model's end, or without one
    never: int
    model_calls: int  # 0 where the model is not ours to ask
    asked_twice: int  # questions
    overhead: list[float]  # from the model's end to the reply, of the answered
    whole: list[float]  # all that was not the model: the way to it as well
    lateness: list[float]  # of the load itself: what it posted after it was due
    gap: float = 0.0  # the longest between two ticks of 10 ms in the server, in ms


def drive(url: str, token: str, *, rate: float, messages: int, followers: int) -> list[Sent]:
    """Send `messages` at `rate` a second, `followers` of them in turn. Ends with the last try."""
    run = os.urandom(4).hex()
    begin = time.time() + 0.1

    def send(number: int, due_at: float) -> Sent:
        question = f"bench {run} {number}"
        follower = Follower(url, token, open_id=f"follower-{number % followers}")
        sent_at = time.time()
        return Sent(question, due_at, sent_at, follower.say(question))

    def arrivals() -> Iterator["gevent.Greenlet[..., Sent]"]:
        for number in range(messages):
            due_at = begin + number / rate
            gevent.sleep(max(0.0, due_at - time.time()))
            yield gevent.spawn(send, number, due_at)

    return [sending.get() for sending in list(arrivals())]


def report(
    sent: Sequence[Sent],
    ends: Mapping[str, Sequence[float]] | None,
    begins: Mapping[str, Sequence[float]] | None = None,
) -> Report:
    """`ends` has, for each question, when the model's answers to it ended, as `Model.ends` does.

    Without it every reply counts as an answer, and there are no overheads; `begins` is when the
    model was asked.
    """
    known = ends or {}
    fate: Counter[str] = Counter()
    overhead: list[float] = []
    whole: list[float] = []
    for one in sent:
        delivered, calls = one.outcome.delivered, known.get(one.question, [])
        if delivered is None or one.outcome.reply is None:
            fate["never"] += 1
        elif ends is not None and (not calls or one.seen_at < min(calls)):
            fate["put_off"] += 1
        else:
            fate["first" if delivered.number == 1 else "later"] += 1
            overhead += [1000 * (one.seen_at - min(calls))] if calls else []
            if calls and begins:
                in_the_model = min(calls) - min(begins[one.question])
                whole.append(1000 * (one.seen_at - one.sent_at - in_the_model))
    return Report(
        fate["first"],
        fate["later"],
        fate["put_off"],
        fate["never"],
        model_calls=sum(map(len, known.values())),
        asked_twice=sum(len(calls) > 1 for calls in known.values()),
        overhead=overhead,
        whole=whole,
        lateness=[1000 * (one.sent_at - one.due_at) for one in sent],
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def as_line(values: Sequence[float]) -> str:
    """p50, p95, p99 and the largest of times in milliseconds."""
    if not values:
        return "-"
    parts = [f"p{share:.0%}".rstrip("%") for share in (0.5, 0.95, 0.99)]
    times = [percentile(values, share) for share in (0.5, 0.95, 0.99)]
    shown = [f"{part} {ms:.1f}" for part, ms in zip(parts, times, strict=True)]
    return "   ".join([*shown, f"max {max(values):.1f}"]) + "   ms"


def as_text(result: Report, sent: Sequence[Sent]) -> str:
    """The report for people."""
    lines = [
        f"answered on the first try   {result.first} of {len(sent)}",
        f"answered on a later try     {result.later}",
        f"put off                     {result.put_off}",
        f"never answered              {result.never}",
        f"model calls                 {result.model_calls} ({result.asked_twice} asked twice)",
        f"overhead                    {as_line(result.overhead)}",
        f"all but the model           {as_line(result.whole)}",
        f"posted later than due       {as_line(result.lateness)}",
        "longest stall of the loop   " + (f"{result.gap:.1f} ms" if result.gap else "under 20 ms"),
    ]
    return "\n".join(lines)


def machine() -> str:
    """What it ran on."""
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {python}, SQLite {sqlite}, gevent {gevent.__version__}"
    )


def bench(options: argparse.Namespace) -> tuple[list[Sent], Report]:
    """Start model and server, send, stop both. Returns what was sent and what became of it.

    Raises `NotStarted`, `NoCompiler`.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huixin-bench-")))
        model, port = Model(free_port()), free_port()
        command = ["-m", "sandbox.model", "--port", str(model.port)]
        stack.enter_context(running("the model", model.port, *command, log=place / "model.log"))
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
        return sent, replace(report(sent, model.ends(), model.begins()), gap=gap)


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
            result = report(sent, None)
        else:
            sent, result = bench(options)
    except (NotStarted, NoCompiler) as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(as_text(result, sent))
    return int(result.never > 0)


if __name__ == "__main__":
    sys.exit(main())
