"""What is posted may be anything: 100,000 bodies, right and spoilt, open and sealed, XML and JSON.

`python -m bench.mutations` posts one half to a server without an encryption key and one half to
one that has it, both as processes of their own. Exit code 0 if nothing was answered by a 5xx, every
right push got its own reply and nobody somebody else's, no log has a traceback or a follower's
words, and the memory stayed flat; 1 if not; 2 if a process did not come up.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

import gevent
from defusedxml.ElementTree import fromstring

from bench.mutated import ACCOUNT, TAG, Bodies, Body
from bench.processes import TOKEN, NotStarted, free_port, live_config, running
from integrations.wechat.crypto import Cipher
from integrations.wechat.elements import PushRefused
from sandbox.sealing import Seal
from sandbox.wire import Malformed, exchange, read_reply

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
NO_ANSWER = 0
ANSWER_SECONDS = 20.0
GROWN_MB = 20.0  # of memory, after the first fifth
SHOWN = 10  # problems

FAULT = re.compile(r"^Traceback|event=fault", re.MULTILINE)


class Wrong(Exception):
    """What came back is not what a push like this may get."""


@dataclass
class Report:
    """What came back."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)  # kind of body, status
    problems: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MB, after each tenth
    tags: set[str] = field(default_factory=set, repr=False)  # of all that were posted

    @property
    def posted(self) -> int:
        return self.statuses.total()

    @property
    def grown(self) -> float:
        """MB, from the first fifth to the end."""
        return self.memory[-1] - self.memory[1] if len(self.memory) > 2 else 0.0


class Poster:
    """Posts to one server; `cipher` opens its replies, where it has a key."""

    def __init__(self, port: int, cipher: Cipher | None) -> None:
        self._port, self._cipher = port, cipher
        self.report = Report()

    def post_all(self, bodies: Bodies, numbers: Iterable[int], *, at_once: int) -> None:
        """Post the bodies of these numbers, so many at once."""
        left = iter(numbers)

        def post_some() -> None:
            for number in left:
                self.post(number, bodies.make(number))

        gevent.joinall([gevent.spawn(post_some) for _ in range(at_once)], raise_error=True)

    def post(self, number: int, body: Body) -> None:
        """Post one, and see what comes back."""
        self.report.tags.add(body.tag)
        status, answer = self._exchange(body)
        self.report.statuses[body.kind, status] += 1
        try:
            self._judge(body, status, answer)
        except (Wrong, Malformed, PushRefused) as why:
            self.report.problems.append(f"{number} ({body.kind}): HTTP {status}, {why}")

    def _exchange(self, body: Body) -> tuple[int, bytes]:
        target = f"/wechat?{urlencode(body.query, errors='replace')}"
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        head += f"Content-Type: text/xml\r\nContent-Length: {len(body.content)}\r\n\r\n"
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            return exchange(("127.0.0.1", self._port), head.encode() + body.content, deadline)
        except (OSError, HTTPException):
            return NO_ANSWER, b""

    def _judge(self, body: Body, status: int, answer: bytes) -> None:
        """Raises `Wrong`, `Malformed`, `PushRefused`."""
        if status == NO_ANSWER or status >= 500:
            raise Wrong("no answer" if status == NO_ANSWER else "a fault")
        if status != 200:
            if body.expected not in ("refused", "anything"):
                raise Wrong("a right push was refused")
            return
        if body.expected == "refused" and answer:
            raise Wrong("let in")
        if not answer:
            if body.expected == "answer":
                raise Wrong("a question without an answer")
            return
        reply = self._opened(body, answer)
        fromstring(reply)  # well-formed, or a ParseError ends the run
        others = set(TAG.findall(reply.decode())) & self.report.tags - {body.tag}
        if others:
            raise Wrong("somebody else's reply")
        if body.to:
            said = read_reply(reply, to=body.to, sender=ACCOUNT)
            if body.expected == "answer" and body.tag not in said.content:
                raise Wrong("not the answer to this question")

    def _opened(self, body: Body, answer: bytes) -> bytes:
        """The reply as it was before it was sealed; with a key it must have been."""
        if self._cipher is None:
            return answer
        if answer.startswith(b"{"):
            said = {name: str(value) for name, value in json.loads(answer).items()}
        else:
            said = {one.tag: one.text or "" for one in fromstring(answer)}
        if "Encrypt" not in said:
            raise Wrong("a reply that is not sealed")
        return self._cipher.decrypt(
            said["Encrypt"],
            msg_signature=said["MsgSignature"],
            timestamp=said["TimeStamp"],
            nonce=said["Nonce"],
        ).body


def poster(port: int, *, token: str = TOKEN, sealed: bool) -> Poster:
    """For a server with `KEY` and `APPID`, or for one without a key."""
    return Poster(port, Cipher(token, KEY, APPID) if sealed else None)


def memory(pid: int) -> float:
    """The resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def bench(place: Path, *, sealed: bool, bodies: int, seed: int, at_once: int) -> Report:
    """Start the model and a server, post, and read the log. Raises `NotStarted`."""
    with ExitStack() as stack:
        model, port = free_port(), free_port()
        command = ["-m", "sandbox.model", "--port", str(model)]
        stack.enter_context(running("the model", model, *command, log=place / "model.log"))
        keys: dict[str, object] = {"encoding_aes_key": KEY, "appid": APPID, "encryption": "safe"}
        more = {"wechat": {"token": TOKEN} | (keys if sealed else {})}
        command = ["server.py", "--config", str(live_config(place, port, model, more))]
        log = place / "server.log"
        pid = stack.enter_context(running("server.py", port, *command, log=log))
        made = Bodies(TOKEN, Seal(TOKEN, KEY, APPID), seed=seed, only_sealed=sealed)
        posting = poster(port, sealed=sealed)
        report = posting.report
        tenth = max(1, bodies // 10)
        for begin in range(0, bodies, tenth):
            numbers = range(begin, min(bodies, begin + tenth))
            posting.post_all(made, numbers, at_once=at_once)
            report.memory.append(memory(pid))
    report.problems += problems_in(log.read_text(encoding="utf-8"), report.tags)
    if report.grown > GROWN_MB:
        report.problems.append(f"memory grew by {report.grown:.1f} MB")
    return report


def problems_in(log: str, tags: set[str]) -> list[str]:
    """What a server's log must not have: faults, and followers' names or words."""
    faults, said = len(FAULT.findall(log)), len(set(TAG.findall(log)) & tags)
    problems = [f"{faults} faults in the log"] if faults else []
    return problems + ([f"{said} followers' words in the log"] if said else [])


def as_text(report: Report) -> str:
    """The report for people."""
    lines = []
    for kind in sorted({kind for kind, _ in report.statuses}):
        of_kind = sorted((s, n) for (k, s), n in report.statuses.items() if k == kind)
        shown = "   ".join(f"{status or 'none'}: {count}" for status, count in of_kind)
        lines.append(f"{kind:22} {shown}")
    over = sum(count for (_, status), count in report.statuses.items() if status >= 500)
    lines.append(f"{report.posted} posted, {over} answered by a 5xx")
    lines.append("memory, MB             " + "  ".join(f"{mb:.0f}" for mb in report.memory))
    lines += [f"problem: {problem}" for problem in report.problems[:SHOWN]]
    return "\n".join([*lines, f"problems               {len(report.problems)}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code as above."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutations", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000, help="in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=40, help="requests that are open at once")
    options = parser.parse_args(arguments)
    how: dict[str, int] = {"bodies": options.bodies // 2, "seed": options.seed}
    failed = False
    for name, sealed in (("without a key", False), ("with a key, safe mode", True)):
        with tempfile.TemporaryDirectory(prefix="huixin-bench-") as place:
            began = time.monotonic()
            try:
                report = bench(Path(place), sealed=sealed, at_once=options.at_once, **how)
            except NotStarted as why:
                print(why, file=sys.stderr)
                return 2
        print(f"{name}, {time.monotonic() - began:.0f} s\n{as_text(report)}\n", flush=True)
        failed |= bool(report.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
