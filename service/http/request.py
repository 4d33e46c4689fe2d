"""A request of WeChat's, and what it is answered with: WSGI, without a framework between.

Most of what a server does is to take pushes, three for each message of a slow model. Bottle, which
serves what is asked seldom, costs more for one than all that is done with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

from integrations.wechat.admission import NotAPush, Query
from service.http.connection import CONNECTION, Environ, HttpConnection, no_answer

TEXT = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, repr=False)
class Request:
    """What was asked, as the WSGI server has read it."""

    environ: Environ

    @property
    def is_push(self) -> bool:
        """Whether something is brought, and not asked."""
        return bool(self.environ["REQUEST_METHOD"] == "POST")

    @property
    def peer(self) -> str:
        """The address of the other side of the connection."""
        return str(self.environ.get("REMOTE_ADDR", ""))

    @property
    def forwarded_for(self) -> str:
        """Whom a proxy says that it asks for; "" where none says so."""
        return self.header("X-Forwarded-For")

    @property
    def connection(self) -> HttpConnection:
        """The connection that it came on."""
        return cast(HttpConnection, self.environ[CONNECTION])

    @property
    def length(self) -> int:
        """The bytes that its body is said to have; 0 where nothing is said."""
        return max(0, int(self.environ.get("CONTENT_LENGTH") or 0))

    @property
    def body(self) -> BinaryIO:
        """What it brings."""
        return cast(BinaryIO, self.environ["wsgi.input"])

    def header(self, name: str) -> str:
        """A header's value, or ""."""
        return str(self.environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    def query(self) -> Query:
        """Its query; the last of what is given twice. Raises `NotAPush`."""
        asked = self.environ.get("QUERY_STRING", "")
        try:
            return dict(parse_qsl(asked, keep_blank_values=True, errors="strict"))
        except ValueError as undecodable:
            raise NotAPush(400, "the query is not UTF-8") from undecodable


@dataclass(frozen=True)
class Response:
    """What is answered. A body that is no bytes tells how it ended, and gives `length` bytes."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    content_type: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None

    def begin(self, start_response: Any) -> Iterable[bytes]:
        """Answer so, as WSGI has it."""
        body = [self.body] if isinstance(self.body, bytes) else self.body
        length = len(self.body) if isinstance(self.body, bytes) else self.length
        head = [("Content-Type", self.content_type), ("Content-Length", str(length))]
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", [*head, *self.headers])
        return body


NOTHING = Response()  # nothing is shown, and nothing posted again (protocol sheet 1.10)


def unanswered(connection: HttpConnection, seconds: float) -> Response:
    """Let the connection go without an answer, so that WeChat tries again within so long."""
    no_answer(connection, seconds)
    return NOTHING
