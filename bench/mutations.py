"""Right and spoilt pushes against two live servers, one with an EncodingAESKey and one without.

`python -m bench.mutations` says how they were answered, and whether anything must not be: a status
of 500 or more, a reply that is not the right one, a traceback, memory that grows.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from gevent.pool import Pool

from bench.bodies import Bodies, Sent
from bench.processes import TOKEN, NotStarted, free_port, live_config, running
from sandbox.sealing import Seal, Unreadable
from sandbox.wire import exchange

KEY, APPID = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx0123456789abcdef"
ANSWER_SECONDS = 30.0
ACCOUNT = "gh_huixin"
GROWTH = 20.0  # MB that a server may grow by over the second half


@dataclass
class Outcome:
    """What came of all of them."""

    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind of body
    wrong: list[str] = field(default_factory=list)

    def note(self, sent: Sent, status: int | None, problem: str) -> None:
        """Count an answer; `problem` is what is wrong with it, or empty."""
        self.statuses[sent.kind, str(status or "none")] += 1
        if problem or (status or 0) >= 500:
            self.wrong.append(f"{sent.kind}: {problem or status}: {sent.body[:300]!r}")


class Checker:
    """Sends requests to a server and looks at what comes back."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self.outcome = Outcome()

    def send(self, port: int, sent: Sent) -> None:
        """Send one, and note what came of it."""
        head = f"POST {sent.target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        request = f"{head}Content-Length: {len(sent.body)}\r\n\r\n".encode() + sent.body
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            status, body = exchange(("127.0.0.1", port), request, deadline)
        except OSError as error:
            self.outcome.note(sent, None, f"no answer: {type(error).__name__}")
            return
        self.outcome.note(sent, status, self._problem(sent, status, body))

    def _problem(self, sent: Sent, status: int, body: bytes) -> str:
        if status != 200:
            right = sent.kind in ("right", "sealed")
            return f"a right push got {status}" if right else ""
        if not body:
            return "no reply" if sent.expected else ""
        try:
            reply = fromstring(self._opened(sent, body))
        except (ParseError, ValueError, Unreadable) as error:
            return f"a reply that cannot be read: {type(error).__name__}"
        content = reply.findtext("Content") or ""
        if sent.kind in ("right", "sealed"):
            addresses = (reply.findtext("ToUserName"), reply.findtext("FromUserName"))
            if addresses != (sent.open_id, ACCOUNT):
                return "a reply to somebody else"
        return "" if sent.expected in content else f"another reply: {content[:80]}"

    def _opened(self, sent: Sent, body: bytes) -> bytes:
        """The reply as it was before it was sealed; a sealed push must not be answered openly."""
        if "sealed" in sent.kind:
            return self._seal.open(body)
        return body


def drive(ports: dict[bool, int], options: argparse.Namespace, watch: Any) -> Outcome:
    """Send all of them, what is sealed to `ports[True]`; `watch` is told how many went."""
    seal = Seal(TOKEN, KEY, APPID)
    bodies, checker = Bodies(options.seed, "/wechat", TOKEN, seal), Checker(seal)
    pool = Pool(options.at_once)
    for number in range(options.bodies):
        sent = bodies.make()
        pool.spawn(checker.send, ports["sealed" in sent.kind], sent)
        if number % max(1, options.bodies // 10) == 0:
            watch(number)
    pool.join()
    watch(options.bodies)
    return checker.outcome


def memory(pid: int) -> float:
    """The resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def bench(options: argparse.Namespace) -> int:
    """Run it and print what came. Returns the exit code. Raises `NotStarted`."""
    began = time.monotonic()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huixin-bench-")))
        model_port, ports = free_port(), {False: free_port(), True: free_port()}
        command = ("-m", "sandbox.model", "--port", str(model_port))
        stack.enter_context(running("model", model_port, *command, log=place / "model.log"))
        pids, logs = [], []
        for is_sealed, port in ports.items():
            folder = place / f"sealed-{is_sealed}"
            folder.mkdir()
            more: dict[str, dict[str, object]] = {
                "limits": {"gap_seconds": 0, "follower_queue": 1000},
                "wechat": {"encoding_aes_key": KEY, "appid": APPID} if is_sealed else {},
            }
            config = live_config(folder, port, model_port, more)
            logs.append(folder / "server.log")
            start = ("server.py", "--config", str(config))
            pids.append(stack.enter_context(running("server", port, *start, log=logs[-1])))
        history: list[list[float]] = []

        def watch(number: int) -> None:
            history.append([memory(pid) for pid in pids])
            shown = ", ".join(f"{megabytes:.1f}" for megabytes in history[-1])
            print(
                f"{number:>8} sent after {time.monotonic() - began:.0f} s: {shown} MB", flush=True
            )

        outcome = drive(ports, options, watch)
        tracebacks = sum(
            log.read_text(errors="replace").count(words)
            for log in logs
            for words in ("Traceback", "event=fault")
        )
    return report(outcome, tracebacks, history)


def report(outcome: Outcome, tracebacks: int, history: list[list[float]]) -> int:
    """Print it. Returns 1 where something must not be."""
    for (kind, status), how_many in sorted(outcome.statuses.items()):
        print(f"{kind:<22} {status:>5} {how_many:>8}")
    too_high = sum(n for (_, status), n in outcome.statuses.items() if status >= "500")
    middle, end = history[len(history) // 2], history[-1]
    grown = max(after - before for before, after in zip(middle, end, strict=True))
    print(f"{'500 or more, or none':<22} {too_high:>14}")
    print(f"{'wrong':<22} {len(outcome.wrong):>14}")
    print(f"{'tracebacks':<22} {tracebacks:>14}")
    print(f"{'grown in 2nd half, MB':<22} {grown:>14.1f}")
    for one in outcome.wrong[:10]:
        print(one)
    return int(bool(outcome.wrong or tracebacks or too_high or grown > GROWTH))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, 1 for anything that must not be, 2 if a process did not come up."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutations", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    try:
        return bench(parser.parse_args(arguments))
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    sys.exit(main())
