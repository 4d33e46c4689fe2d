"""Posts pushes, right and spoilt, on connections good and bad, and judges what comes of them."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from urllib.parse import urlencode

import gevent
from defusedxml.ElementTree import fromstring

from sandbox.aborted import abort
from sandbox.pushes import ACCOUNT, TAG, Bodies, Body
from sandbox.sealing import NotSealed, Seal
from sandbox.wire import Malformed, exchange, read_reply

NO_ANSWER = 0
ANSWER_SECONDS = 20.0
FAULT = re.compile(r"^Traceback|event=fault", re.MULTILINE)


class Wrong(Exception):
    """What came back is not what a push like this may get."""


@dataclass
class Report:
    """What came back."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)  # kind of body, status
    problems: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set, repr=False)  # of all that were posted

    @property
    def posted(self) -> int:
        return self.statuses.total()


class Poster:
    """Posts to one server; `seal` opens its replies, where it has a key.

    The share `aborted` of the connections ends before an answer could be read.
    """

    def __init__(self, port: int, seal: Seal | None, *, aborted: float = 0.0) -> None:
        self._address, self._seal, self._aborted = ("127.0.0.1", port), seal, aborted
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
        drawn = Random(f"connection {number}")
        if drawn.random() < self._aborted:
            self._abort(number, body, drawn)
            return
        status, answer = self._exchange(body)
        self.report.statuses[body.kind, status] += 1
        try:
            self._judge(body, status, answer)
        except (Wrong, Malformed, NotSealed) as why:
            self.report.problems.append(f"{number} ({body.kind}): HTTP {status}, {why}")

    def _abort(self, number: int, body: Body, drawn: Random) -> None:
        try:
            how = abort(self._address, _request(body), drawn)
        except OSError as refused:
            self.report.problems.append(f"{number}: {type(refused).__name__}, does it live?")
        else:
            self.report.statuses[how, NO_ANSWER] += 1

    def _exchange(self, body: Body) -> tuple[int, bytes]:
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            return exchange(self._address, _request(body), deadline)
        except (OSError, HTTPException):
            return NO_ANSWER, b""

    def _judge(self, body: Body, status: int, answer: bytes) -> None:
        """Raises `Wrong`, `Malformed`, `NotSealed`."""
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
        if self._seal is None:
            return answer
        if answer.startswith(b"{"):
            said = {name: str(value) for name, value in json.loads(answer).items()}
        else:
            said = {one.tag: one.text or "" for one in fromstring(answer)}
        return self._seal.open(said)


def _request(body: Body) -> bytes:
    target = f"/wechat?{urlencode(body.query, errors='replace')}"
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Content-Type: text/xml\r\nContent-Length: {len(body.content)}\r\n\r\n"
    return head.encode() + body.content


def problems_in(log: str, tags: set[str]) -> list[str]:
    """What a server's log must not have: faults, and followers' names or words."""
    faults, said = len(FAULT.findall(log)), len(set(TAG.findall(log)) & tags)
    problems = [f"{faults} faults in the log"] if faults else []
    return problems + ([f"{said} followers' words in the log"] if said else [])
