"""A model that costs next to nothing: `python -m bench.model --port 9000 --after 0.3 --tokens 40`.

Every question is answered over the OpenAI protocol with as many tokens, one an event, after so many
seconds; `--pause` lies between two of them. The answer names its question and, at its end, when it
was written (seconds since 1970), so that a load can tell both. `GET /calls` tells how often each
question was asked.
"""

import argparse
import json
import resource
import time
from collections import Counter
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: keep-alive\r\n\r\n"
)
BACKLOG = 4096


class Model:
    """Answers on each connection, one question after the other."""

    def __init__(
        self, *, after: float, tokens: int, token: str, pause: float, at_once: int
    ) -> None:
        self._after = after
        self._tokens = [_event(token.format(number)) for number in range(tokens - 2)]
        self._pause = pause
        self._at_once = Pool(at_once) if at_once else None
        self.calls: Counter[str] = Counter()

    def serve(self, connection: Any, _: Any) -> None:
        """One connection, until the other side closes it."""
        with connection, connection.makefile("rb", buffering=65536) as requests:
            try:
                while line := requests.readline():
                    self._answer(connection, line, _body(requests))
            except OSError:
                pass

    def _answer(self, connection: Any, line: bytes, body: bytes) -> None:
        if line.startswith(b"GET"):
            connection.sendall(_whole(json.dumps(self.calls).encode()))
            return
        question = json.loads(body)["messages"][-1]["content"]
        self.calls[question] += 1
        gevent.sleep(self._after)
        if self._pause:
            self._stream(connection, question)
        else:
            connection.sendall(HEAD + _event(f"答 {question} ") + b"".join(self._tokens) + _end())

    def _stream(self, connection: Any, question: str) -> None:
        connection.sendall(HEAD + _event(f"答 {question} "))
        for token in self._tokens:
            gevent.sleep(self._pause)
            connection.sendall(token)
        connection.sendall(_end())


def _body(requests: Any) -> bytes:
    length = 0
    while (line := requests.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body: bytes = requests.read(length)
    return body


def _whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    event = {"object": "chat.completion.chunk", "model": "bench", "choices": [choice]}
    return _chunk(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())


def _end() -> bytes:
    return _event(f"@{time.time():.6f}", "stop") + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bench.model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--after", type=float, default=0.3, help="seconds")
    parser.add_argument("--tokens", type=int, default=40)
    parser.add_argument("--token", default="字{} ", help="each of them; {} is its number")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two tokens")
    parser.add_argument("--at-once", type=int, default=0, help="calls at most; 0: any number")
    parser.add_argument("--pem", help="speak TLS, with the key and the certificate of this file")
    how = vars(parser.parse_args())
    port, pem = how.pop("port"), how.pop("pem")
    tls = {"certfile": pem, "keyfile": pem} if pem else {}
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    model = Model(**how)
    StreamServer(("127.0.0.1", port), model.serve, backlog=BACKLOG, **tls).serve_forever()


if __name__ == "__main__":
    main()
