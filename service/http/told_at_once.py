"""Where there is too much at once, most of what comes is told so before anything else is done.

The usual way of a push, through the WSGI server and the routes, costs several times what the line
itself does. So a new connection is looked at first: a whole push that is genuine and has to be put
off gets its answer here; everything else goes the usual way, as if nobody had looked.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from integrations.wechat.admission import Query

AT_ONCE_BYTES = 16 * 1024  # of a request that may be answered before it is taken on
LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,7})[ \t]*(?=\r\n)", re.I)
FORWARDED_FOR = re.compile(rb"\r\nX-Forwarded-For:[ \t]*([^\r\n]*)", re.I)
NOT_SIMPLE = re.compile(rb"\r\n(?:Transfer-Encoding|Expect):", re.I)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s"
)


@dataclass(frozen=True)
class Post:
    """A POST that has come as a whole."""

    path: str
    query: Query = field(repr=False)
    body: bytes = field(repr=False)
    forwarded_for: str = ""


# What a push is told at once; None: nothing, it goes the usual way. It is given the peer's address.
ToldAtOnce = Callable[[Post, str], bytes | None]


@dataclass(frozen=True)
class PuttingOff:
    """How new connections are put off: while `too_much` says so, with what `told` says.

    `has_to_wait`: whether `told` may have to wait for an answer itself.
    """

    too_much: Callable[[], bool] = lambda: False
    told: ToldAtOnce = lambda post, peer: None
    has_to_wait: Callable[[], bool] = lambda: False

    def done(self, connection: socket.socket, peer: str, *, can_wait: bool) -> bool:
        """Whether what has come on a connection had its whole answer, here and now.

        It is looked at where one can wait or where one cannot, never in both places. The
        connection does not block.
        """
        if not self.too_much() or self.has_to_wait() != can_wait:
            return False
        try:
            answer = response(connection.recv(AT_ONCE_BYTES, socket.MSG_PEEK), peer, self.told)
            if answer is None:
                return False
            connection.recv(AT_ONCE_BYTES)  # or closing would reset it, answer and all
            connection.send(answer)
        except OSError:
            return False  # there is nothing to read yet, or nobody there any more
        return True


def response(came: bytes, peer: str, told: ToldAtOnce) -> bytes | None:
    """The whole response to what has come on a new connection; None: it goes the usual way."""
    post = whole_post(came)
    body = told(post, peer) if post else None
    return None if body is None else RESPONSE % (len(body), body)


def whole_post(came: bytes) -> Post | None:
    """The request, where all of it has come and nothing about it is unusual."""
    head, end, body = came.partition(b"\r\n\r\n")
    lengths = LENGTH.findall(head + b"\r\n")
    words = head.partition(b"\r\n")[0].split(b" ")
    simple = end and len(words) == 3 and words[0] == b"POST" and not NOT_SIMPLE.search(head)
    if not simple or len(lengths) != 1 or len(body) != int(lengths[0]):
        return None
    path, _, query = words[1].partition(b"?")
    forwarded = b",".join(FORWARDED_FOR.findall(head))
    try:
        known = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True))
        return Post(path.decode("ascii"), known, body, forwarded.decode("ascii"))
    except ValueError:
        return None
