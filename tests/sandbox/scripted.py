"""A server that does to each push what a test wrote down."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st

from sandbox.follower import SeenTry

TOKEN = "a-token"
OPEN_ID = "follower-1"
ACCOUNT = "gh_huixin"

readable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)


@dataclass
class Request:
    """What a follower posted, and the connection it came on."""

    connection: socket.socket
    line: str
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.line.split(" ")[1]).query))

    def answer(self, answer: bytes) -> None:
        with suppress(OSError):  # the follower may have gone
            self.connection.sendall(answer)

    def wait_for_hang_up(self) -> None:
        with suppress(ConnectionError):
            while self.connection.recv(1000):
                pass


@dataclass
class Server:
    """Does one scripted thing to each request; the last of the script to all that follow."""

    script: list[Callable[[Request], object]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wechat"

    def will(self, *script: Callable[[Request], object]) -> None:
        self.script = list(script)

    def __call__(self, connection: socket.socket, _: object) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline().decode()
            headers = dict(h.decode().strip().split(": ") for h in iter(stream.readline, b"\r\n"))
            body = stream.read(int(headers.get("Content-Length", 0)))
        self.requests.append(Request(connection, line, body))
        number = min(len(self.requests), len(self.script))
        self.script[number - 1](self.requests[-1])


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def reply_xml(inside: str, to: str = OPEN_ID, sender: str = ACCOUNT, time: str = "1") -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{time}</CreateTime>{inside}</xml>"
    ).encode()


def text_xml(text: str) -> str:
    return f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"


def replies(text: str) -> Callable[[Request], None]:
    return lambda request: request.answer(http(reply_xml(text_xml(text))))


def answers(body: bytes, status: str = "200 OK") -> Callable[[Request], None]:
    return lambda request: request.answer(http(body, status))


def holds(request: Request) -> None:
    request.wait_for_hang_up()


def hangs_up(_: Request) -> None:
    """Returns, and the connection is closed."""


def results(tries: list[SeenTry]) -> list[str]:
    return [ended.result for ended in tries]


def link(content: str, label: str = "继续") -> str:
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=1">{label}</a>'


def verifies(request: Request) -> None:
    request.answer(http(request.query["echostr"].encode()))
