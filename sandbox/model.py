"""A model on loopback: an OpenAI-compatible service that talks about itself, and fails on demand.

    python -m sandbox.model --port 9001

In a question, 睡6秒 or "sleep 6" thinks six seconds first, 慢慢说 or "slowly" takes its time over
each word, 长 or "long" answers at length, 出错 or "fail" is an HTTP 500, 断流 or "cut" breaks off.
POST /behaviour {"after": 6, "pace": 0.2, "lasts": 9, "status": 429, "cut": 30, "text": "..."} sets
what all requests get that follow, or with "times" so many; GET /asked tells what was asked.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import argparse
import json
import math
import re
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import gevent
from bottle import Bottle, HTTPResponse, request
from gevent.event import Event
from gevent.pywsgi import WSGIServer

PIECE = 4  # characters
QUOTED = 300  # characters of a question, at most, where an answer repeats it


@dataclass(frozen=True)
class ModelBehaviour:
    """How a request is answered: times in seconds, `cut` and `text` in characters."""

    text: str | None = None  # None: something about itself
    after: float = 0.0  # before the first piece
    pace: float = 0.0  # between two pieces
    lasts: float = 0.0  # from the request to the last piece, however many; 0: as `pace` has it
    status: int = 200
    retry_after: float | None = None
    cut: int | None = None  # the connection breaks after so many characters
    finish_reason: str = "stop"
    tokens: int | None = None  # that it says it has used; None: it does not say


@dataclass
class AskedCall:
    """One request, as the log tells it. Times are seconds since 1970."""

    at: float
    key: str  # its last four characters
    question: str
    turns: int
    status: int
    ended_at: float | None = None  # when the last piece was handed over


# Told of a call what was asked, what has been said so far, and whether that is all.
Watch = Callable[[AskedCall, dict[str, Any], str, bool], None]


class ModelStandIn:
    """The service; `url` is what `openai.base_url` wants. Queued behaviours come before `usual`.

    `watch` is told of each call, of each piece of its answer, and of its end.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, watch: Watch = lambda *_: None
    ) -> None:
        self._watch = watch
        self.usual = ModelBehaviour()
        self.asked: list[AskedCall] = []
        self.bodies: list[dict[str, Any]] = []
        self._next: deque[ModelBehaviour] = deque()
        self._stopping = Event()
        self._server = WSGIServer((host, port), self._application(), log=None, error_log=None)

    @property
    def questions(self) -> list[str]:
        """What was asked, in order."""
        return [asked.question for asked in self.asked]

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://{self._server.server_host}:{self._server.server_port}/v1"

    def start(self) -> None:
        """Listen; from here on `url` is known."""
        self._server.init_socket()
        # As services have it: a piece does not wait 40 ms until the one before is acknowledged.
        self._server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.start()

    def stop(self) -> None:
        """Cut what is under way."""
        self._stopping.set()
        self._server.stop(timeout=0)

    def will(self, times: int = 1, **behaviour: Any) -> None:
        """Behave so for the next requests; the fields are those of `ModelBehaviour`."""
        self._next.extend([ModelBehaviour(**behaviour)] * times)

    def always(self, **behaviour: Any) -> None:
        """Behave so for all requests that have no behaviour of their own."""
        self.usual = ModelBehaviour(**behaviour)

    def _application(self) -> Bottle:
        app = Bottle()
        app.post("/v1/chat/completions", callback=self._complete)
        app.get("/v1/models", callback=lambda: {"object": "list", "data": [{"id": "sandbox"}]})
        app.post("/behaviour", callback=self._behave)
        app.get("/asked", callback=lambda: {"asked": [asdict(asked) for asked in self.asked]})
        return app

    def _behave(self) -> Any:
        wanted = dict(request.json or {})
        times = wanted.pop("times", None)
        try:
            if times is None:
                self.always(**wanted)
            else:
                self.will(int(times), **wanted)
        except TypeError as error:
            return HTTPResponse(f"{error}\n", status=400)
        return {"usual": asdict(self.usual), "waiting": len(self._next)}

    def _complete(self) -> Any:
        # Not `request.json`, which takes no more than 100 KB.
        body = dict(json.loads(request.environ["wsgi.input"].read()))
        self.bodies.append(body)
        turns = body.get("messages") or [{}]
        question = str(turns[-1].get("content", ""))
        behaviour = self._next.popleft() if self._next else asked_for(question, self.usual)
        key = request.get_header("Authorization", "")[-4:]
        asked = AskedCall(time.time(), key, question, len(turns), behaviour.status)
        self.asked.append(asked)
        self._watch(asked, body, "", False)
        self._wait(behaviour.after)
        if behaviour.status != 200:
            self._watch(asked, body, "", True)
            return refusal(behaviour)
        text = behaviour.text if behaviour.text is not None else about_itself(turns)
        if body.get("stream"):
            headers = {"Content-Type": "text/event-stream; charset=utf-8"}
            pieces = self._watched(self._stream(text, behaviour, asked), asked, body)
            return HTTPResponse(pieces, headers=headers)
        self._wait(pace_of(behaviour, text) * len(text) / PIECE)
        asked.ended_at = time.time()
        self._watch(asked, body, text, True)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": behaviour.finish_reason}
        return {"object": "chat.completion", "choices": [choice], **usage(behaviour)}

    def _watched(
        self, pieces: Iterator[tuple[bytes, str]], asked: AskedCall, body: dict[str, Any]
    ) -> Iterator[bytes]:
        said = ""
        try:
            for piece, said in pieces:
                self._watch(asked, body, said, False)
                yield piece
        finally:  # also where whoever asked has gone
            self._watch(asked, body, said, True)

    def _stream(
        self, text: str, behaviour: ModelBehaviour, asked: AskedCall
    ) -> Iterator[tuple[bytes, str]]:
        """The events, each with all that was said by then."""
        yield event({"role": "assistant", "content": ""}), ""
        end = len(text) if behaviour.cut is None else behaviour.cut
        pace = pace_of(behaviour, text)
        for start in range(0, end, PIECE):
            stop = min(start + PIECE, end)
            yield event({"content": text[start:stop]}), text[:stop]
            self._wait(pace)
        if behaviour.cut is not None:
            raise ConnectionAbortedError(32, "cut on demand")
        asked.ended_at = time.time()
        yield event({}, behaviour.finish_reason), text[:end]
        last = {"object": "chat.completion.chunk", "choices": [], **usage(behaviour)}
        told = f"data: {json.dumps(last)}\n\n" if "usage" in last else ""
        yield f"{told}data: [DONE]\n\n".encode(), text[:end]

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._stopping.wait(seconds)


def pace_of(behaviour: ModelBehaviour, text: str) -> float:
    """Seconds between two pieces of this text."""
    if not behaviour.lasts:
        return behaviour.pace
    return max(0.0, behaviour.lasts - behaviour.after) / max(1, math.ceil(len(text) / PIECE))


def event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    """One event of the stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    chunk = {"object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def usage(behaviour: ModelBehaviour) -> dict[str, Any]:
    """What is said of the tokens that were used, where anything is."""
    return {} if behaviour.tokens is None else {"usage": {"total_tokens": behaviour.tokens}}


def refusal(behaviour: ModelBehaviour) -> HTTPResponse:
    """An error in the service's own form."""
    headers = {"Content-Type": "application/json"}
    if behaviour.retry_after is not None:
        headers["Retry-After"] = f"{behaviour.retry_after:g}"
    body = json.dumps({"error": {"message": "on demand", "code": behaviour.status}})
    return HTTPResponse(body, status=behaviour.status, headers=headers)


def asked_for(question: str, usual: ModelBehaviour) -> ModelBehaviour:
    """What a question itself asks for, where it does."""
    if sleep := re.search(r"(?:睡|sleep )(\d+(?:\.\d+)?)", question):
        return replace(usual, after=min(600.0, float(sleep[1])), lasts=0.0)
    if re.search("慢慢说|slowly", question):
        return replace(usual, text=at_length(question), pace=0.2, lasts=0.0)
    if re.search("出错|fail", question):
        return replace(usual, status=500)
    if re.search("断流|cut", question):
        return replace(usual, cut=20)
    return usual


def about_itself(turns: list[dict[str, Any]]) -> str:
    """An answer in the language of the question."""
    question = str(turns[-1].get("content", ""))[:QUOTED]
    said = sum(turn.get("role") == "user" for turn in turns)
    if re.search(r"长|\blong\b", question):
        return at_length(question)
    if re.search("[\u4e00-\u9fff]", question):
        return (
            f"你好！我是回信自带的模拟模型，不联网，也不会真的思考。你刚才说的是“{question}”，"
            f"这是这次对话里你的第 {said} 句话。想看看等不及时会怎样，就对我说“睡20秒”。"
        )
    return (
        "Hello! I am the stand-in model that comes with Huixin; I am not online and do not really "
        f'think. You said "{question}", which is number {said} in this conversation. '
        'To see what a late answer is like, say "sleep 20".'
    )


def at_length(question: str) -> str:
    """A long answer with some markdown in it, and the question in each part."""
    if re.search("[\u4e00-\u9fff]", question):
        part = "这一段是为了把回答写长，好让你看见它怎样分成几条发给你，每一条都在句子的末尾断开。"
        parts = [f"**第 {n} 段**　关于“{question}”。{part * 2}" for n in range(1, 7)]
        return (
            "# 一个很长的回答\n\n" + "\n\n".join(parts) + "\n\n- 要点一：分条\n- 要点二：可以继续\n"
        )
    part = (
        "This paragraph makes the answer long, so that you see how it is cut at a sentence's end. "
    )
    parts = [f'**Part {n}.** On "{question}": {part * 2}' for n in range(1, 7)]
    return "# A long answer\n\n" + "\n\n".join(parts) + "\n\n- First point\n- Second point\n"


def main() -> None:
    """Serve until interrupted."""
    how = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.model", description=__doc__, formatter_class=how
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="a free one, if not given")
    parser.add_argument("--after", type=float, default=0.0, help="seconds before the first word")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between two pieces")
    options = parser.parse_args()
    model = ModelStandIn(options.host, options.port)
    model.always(after=options.after, pace=options.pace)
    model.start()
    print(model.url, flush=True)
    try:
        gevent.wait()
    except KeyboardInterrupt:
        model.stop()


if __name__ == "__main__":
    main()
