"""The floor: what bottle, gevent, requests and SQLite take at the least, with no product on top.

`python -m bench.floor --port 8080 --model-port 9000 --db floor.db`: the same sockets and the same
reading of the stream, and three commits (FULL, in groups, off the loop) for each message: when it
has come, when it is answered, when the reply has gone. No tries, no followers, no history.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import json
import re
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import requests
from bottle import Bottle, HTTPResponse, request
from gevent.event import AsyncResult, Event
from gevent.pywsgi import WSGIServer
from gevent.threadpool import ThreadPool
from requests.adapters import HTTPAdapter
from sseclient import SSEClient

Statement = tuple[str, tuple[object, ...]]

SCHEMA = """
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY, msg_id TEXT UNIQUE, question TEXT, answer TEXT, gone_at REAL
    )
"""
REPLY = (
    "<xml><ToUserName><![CDATA[{who}]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{text}]]></Content></xml>"
)


class Commits:
    """Statements that arrive while a commit is under way are committed together by the next."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPool(1)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(SCHEMA)
        self._waiting: list[tuple[Statement, AsyncResult[None]]] = []
        self._arrived = Event()
        gevent.spawn(self._commit_on)

    def soon(self, sql: str, *values: object) -> "AsyncResult[None]":
        done: AsyncResult[None] = AsyncResult()
        self._waiting.append(((sql, values), done))
        self._arrived.set()
        return done

    def _commit_on(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            batch, self._waiting = self._waiting, []
            self._thread.apply(self._commit, ([statement for statement, _ in batch],))
            for _, done in batch:
                done.set(None)

    def _commit(self, statements: list[Statement]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            self._connection.execute(sql, values)
        self._connection.execute("COMMIT")


class Body:
    """One piece; its end is noted once it was written."""

    def __init__(self, text: bytes, gone: Callable[[], object]) -> None:
        self._text = text
        self._gone = gone

    def __iter__(self) -> Iterator[bytes]:
        yield self._text

    def close(self) -> None:
        self._gone()


def application(commits: Commits, model: str, ca: str | None) -> Bottle:
    """The one route. `ca` is a file with the certificate of a model over TLS."""
    app = Bottle()
    session = requests.Session()
    session.mount(model, HTTPAdapter(pool_connections=1, pool_maxsize=4000))
    session.trust_env = False

    def answer_to(question: str) -> str:
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": question}]}
        response = session.post(
            model, data=json.dumps(body), stream=True, timeout=(5, 60), verify=ca
        )
        pieces: list[str] = []
        chunks = iter(lambda: response.raw.read1(16384, decode_content=True), b"")
        for event in SSEClient(chunks).events():
            if event.data == "[DONE]":
                break
            pieces.append(json.loads(event.data)["choices"][0]["delta"]["content"])
        gevent.spawn(drain, response)
        return "".join(pieces)

    def push() -> Any:
        xml = request.body.read().decode()
        found = {
            name: value for name, value in re.findall(r"<(\w+)>(?:<!\[CDATA\[)?([^<\]]+)", xml)
        }
        msg_id, question = found["MsgId"], found["Content"]
        sql = "INSERT INTO messages (msg_id, question) VALUES (?, ?)"
        commits.soon(sql, msg_id, question).get()
        text = answer_to(question)
        commits.soon("UPDATE messages SET answer = ? WHERE msg_id = ?", text, msg_id).get()
        reply = REPLY.format(who=found["FromUserName"], at=int(time.time()), text=text).encode()
        gone = "UPDATE messages SET gone_at = ? WHERE msg_id = ?"
        body = Body(reply, lambda: commits.soon(gone, time.time(), msg_id))
        return HTTPResponse(body, headers={"Content-Length": str(len(reply))})

    app.post("/wechat", callback=push)
    return app


def drain(response: requests.Response) -> None:
    """Read the end mark, so that the connection can be used again."""
    while response.raw.read1(16384):
        pass
    response.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-port", type=int, required=True)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--ca", help="the model speaks TLS, with the certificate of this file")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    scheme = "https" if options.ca else "http"
    model = f"{scheme}://127.0.0.1:{options.model_port}/v1/chat/completions"
    app = application(Commits(options.db), model, options.ca)
    WSGIServer(("127.0.0.1", options.port), app, log=None, backlog=1024).serve_forever()


if __name__ == "__main__":
    main()
