"""WeChat's side of a bench run: `python -m bench.load --port 8080 --rate 100 --seconds 10`.

An open load: each message is posted when it is due, whatever became of the ones before, as WeChat
does: 5 s a try, three tries, a new follower for each message unless told. Prints one JSON object:
what each follower saw, and when. The model behind the server is `bench.model`.
"""

import argparse
import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha1

import gevent
from gevent import socket

from settings.schema import Texts

TRY_SECONDS = 5.0
TRIES = 3
ANSWER = re.compile(r"答 (\S+) .*@([0-9.]+)", re.DOTALL)


@dataclass
class Seen:
    """What became of one message. Times in seconds since 1970; `tries` were begun."""

    due_at: float
    sent_at: float = 0.0
    seen_at: float = 0.0
    tries: int = 0
    fate: str = "nothing"  # answered, told (too busy), put_off (anything else), nothing
    model_ended_at: float = 0.0


@dataclass(frozen=True)
class Target:
    """A server, and how it is posted to.

    `keep_alive`: over connections that stay open, as some proxies do; else each try has its own.
    """

    port: int
    token: str
    path: str = "/wechat"
    keep_alive: bool = False
    kept: list[socket.socket] = field(default_factory=list)

    def connection(self) -> socket.socket:
        """One that nobody uses, or a new one. Raises `OSError`."""
        return self.kept.pop() if self.kept else socket.create_connection(("127.0.0.1", self.port))

    def request(self, open_id: str, msg_id: int, text: str) -> bytes:
        """One try, signed anew."""
        stamp, nonce = str(int(time.time())), os.urandom(6).hex()
        signature = sha1("".join(sorted((self.token, stamp, nonce))).encode()).hexdigest()
        body = (
            f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[{open_id}]]>"
            f"</FromUserName><CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{text}]]></Content><MsgId>{msg_id}</MsgId></xml>"
        ).encode()
        query = f"signature={signature}&timestamp={stamp}&nonce={nonce}&openid={open_id}"
        closing = "" if self.keep_alive else "Connection: close\r\n"
        head = (
            f"POST {self.path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(body)}\r\n{closing}\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True)
class Say:
    """What is posted: `text`, or where there is none a new question each time.

    An answer to a text of ours is a reply with `expected` in it. Followers are called `prefix` and
    a number from `first` on; `followers` of them write in turn, 0: each but once.
    """

    prefix: str
    first: int = 0
    followers: int = 0
    text: str = ""
    expected: str = ""

    def who(self, number: int) -> str:
        """Who writes the message of that number."""
        turn = number % self.followers if self.followers else number
        return f"{self.prefix}{self.first + turn}"


def post(target: Target, open_id: str, msg_id: int, text: str, expected: str, seen: Seen) -> None:
    """One message through its tries; `seen` is filled in."""
    for number in range(1, TRIES + 1):
        seen.tries = number
        began = time.time()
        seen.sent_at = seen.sent_at or began
        reply = b""
        try:
            with gevent.Timeout(TRY_SECONDS):
                reply = _exchange(target, target.request(open_id, msg_id, text))
        except (OSError, gevent.Timeout):
            pass  # refused, reset or too late: WeChat tries again when its time is up
        if b"<xml>" in reply:
            _take(reply.decode(), text, expected, seen)
            return
        if reply:
            return  # an empty answer, or an error: WeChat asks no more
        gevent.sleep(max(0.0, began + TRY_SECONDS - time.time()))


def _exchange(target: Target, request: bytes) -> bytes:
    connection = target.connection()
    stays = False
    try:
        connection.sendall(request)
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
            head, _, body = reply.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if length and len(body) >= int(length[1]):
                stays = target.keep_alive and b"connection: close" not in head.lower()
                break
        return reply
    finally:
        if stays:
            target.kept.append(connection)
        else:
            connection.close()


def _take(reply: str, text: str, expected: str, seen: Seen) -> None:
    seen.seen_at = time.time()
    answer = ANSWER.search(reply)
    if answer and answer[1] == text:
        seen.fate, seen.model_ended_at = "answered", float(answer[2])
    elif expected and expected in reply:
        seen.fate = "answered"
    else:
        seen.fate = "told" if Texts().too_busy in reply else "put_off"


def drive(target: Target, say: Say, *, rate: float, seconds: float, at: float = 0) -> list[Seen]:
    """Post `rate` messages a second for so long, from `at` on (seconds since 1970) or from now.

    Ends with the last try of the last one.
    """
    run = os.urandom(3).hex()
    begin = at or time.time() + 0.2
    first_id = int(time.time() * 1000) * 1000

    def arrivals() -> Iterator[Seen]:
        for number in range(round(rate * seconds)):
            seen = Seen(begin + number / rate)
            gevent.sleep(max(0.0, seen.due_at - time.time()))
            text = say.text or f"{run}-{number}"
            posting = (target, say.who(number), first_id + number, text, say.expected, seen)
            posts.append(gevent.spawn(post, *posting))
            yield seen

    posts: list[gevent.Greenlet[..., None]] = []
    everyone = list(arrivals())
    gevent.joinall(posts)
    return everyone


def main() -> None:
    """Print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default="benchtoken")
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--at", type=float, default=0, help="when to begin, seconds since 1970")
    parser.add_argument("--followers", type=int, default=0, help="0: a new one for each message")
    parser.add_argument("--prefix", default=f"o{os.urandom(3).hex()}", help="of their names")
    parser.add_argument("--first", type=int, default=0, help="the first one's number")
    parser.add_argument("--text", default="", help="instead of a new question each time")
    parser.add_argument("--expected", default="", help="a word of the reply to it")
    parser.add_argument("--keep-alive", action="store_true", help="as some proxies do")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    target = Target(options.port, options.token, keep_alive=options.keep_alive)
    names = ("prefix", "first", "followers", "text", "expected")
    say = Say(**{name: getattr(options, name) for name in names})
    seen = drive(target, say, rate=options.rate, seconds=options.seconds, at=options.at)
    json.dump([asdict(one) for one in seen], sys.stdout)


if __name__ == "__main__":
    main()
