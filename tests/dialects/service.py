"""A model's service that sends what it is told to, byte for byte, and what Huixin makes of it."""

import json
import re
import socket
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.event import Event
from gevent.server import StreamServer

Sends = list[bytes | float | Event]  # pieces, and pauses: in seconds, or until something happens

SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
STREAM = SSE + b"Connection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


class Service:
    """Each request gets the next of `answers`; the last of them is for all that follow."""

    def __init__(self) -> None:
        self.answers: list[Sends] = []
        self.bodies: list[dict[str, Any]] = []
        self.heads: list[str] = []
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.port = int(self._server.server_port or 0)
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    @property
    def keys(self) -> list[str]:
        """The key of each call, in order."""
        return [re.findall(r"Bearer (\S+)", head)[0] for head in self.heads]

    def _serve(self, connection: socket.socket, _: Any) -> None:
        with connection, connection.makefile("rb") as incoming:
            head = b"".join(iter(lambda: incoming.readline().strip(b"\r\n") + b"\n", b"\n"))
            length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
            self.heads.append(head.decode())
            self.bodies.append(json.loads(incoming.read(length)))
            sends = self.answers[min(len(self.bodies), len(self.answers)) - 1]
            for send in sends:
                if isinstance(send, float):
                    gevent.sleep(send)
                elif isinstance(send, Event):
                    send.wait()
                else:
                    connection.sendall(send)


def said(content: Any, **beside: Any) -> bytes:
    """One event of a stream: any object."""
    return f"data: {json.dumps(content, ensure_ascii=False, **beside)}\n\n".encode()


def delta(content: Any = None, finish: Any = None, **beside: Any) -> bytes:
    """One event with a piece of the text; `beside` stands in the delta too."""
    choice = {"index": 0, "delta": {"content": content, **beside}, "finish_reason": finish}
    return said({"object": "chat.completion.chunk", "choices": [choice]})


def stream(*pieces: bytes | float | Event) -> Sends:
    """A stream that ends with its connection."""
    return [STREAM, *pieces]


def chunked(*pieces: bytes, ends: bool = True) -> Sends:
    """A stream in chunks, whose own end may be missing: then the connection broke."""
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return [SSE + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n" if ends else b""]


def response(status: int, body: Any, *, kind: str = "application/json", headers: str = "") -> Sends:
    """A response that is not streamed: an object as JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {status} Whatever\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        f"Connection: close\r\n{headers}\r\n"
    )
    return [head.encode() + data]


def refused(message: str, status: int = 400) -> Sends:
    """A refusal in words, as most services have it."""
    return response(status, {"error": {"message": message, "type": "invalid_request_error"}})


def whole(content: Any, finish: Any = "stop", **beside: Any) -> dict[str, Any]:
    """A whole answer, as an object."""
    message = {"role": "assistant", "content": content, **beside}
    return {"object": "chat.completion", "choices": [{"message": message, "finish_reason": finish}]}


@dataclass(frozen=True)
class Row:
    """One dialect: what is sent, what the follower reads, and what the log calls it.

    `reads` is "" where there is only the apology. `calls` is how often the service is asked,
    `then` what it answers to the second call, and `seconds` how long an answer may take in all.
    """

    name: str
    sends: Sends = field(repr=False)
    reads: str
    result: str = "answered"
    calls: int = 1
    then: Sends | None = field(default=None, repr=False)
    seconds: float = 4.0
