"""Where a request's head and its body end: what is in doubt about it is refused."""

import re
from collections.abc import Callable, Iterator
from http.client import HTTPMessage
from typing import Any

from gevent import Timeout
from gevent.pywsgi import Input

HEAD_BYTES = 32 * 1024  # of a request line and its headers; WeChat's have a few hundred
MOST_FIELDS = 100
FIELD = re.compile(r"([!-9;-~]+):[ \t]*([^\r\n\0]*)(?:\r?\n)?")
LENGTH = re.compile(r"[0-9]{1,15}")
LINGER_SECONDS = 1.0  # for the rest of a body that was refused, so that the refusal is read


class Malformed(ValueError):
    """What came is no request. The text says what of it is wrong, and repeats nothing of it."""


def head_fields(readline: Callable[[int], bytes]) -> Iterator[tuple[str, str]]:
    """The headers of a head, name and value, behind its first line. Raises `Malformed`.

    The standard library reads them as it reads letters, which costs several times as much.
    """
    left = HEAD_BYTES
    for _ in range(MOST_FIELDS + 1):
        line = readline(left + 1)
        left -= len(line)
        if left < 0:
            raise Malformed(f"a head of more than {HEAD_BYTES} bytes")
        if line in (b"\r\n", b"\n", b""):
            return
        field = FIELD.fullmatch(line.decode("latin-1"))
        # What else is a part of it, or its end, to some and not to others.
        if not field:
            raise Malformed("a header that is none")
        yield field[1], field[2]
    raise Malformed(f"more than {MOST_FIELDS} headers")


class Body(Input):
    """What nobody wanted of a body is let come for a moment, and no longer."""

    __slots__ = ("left_unread",)

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self.left_unread = False

    def _discard(self) -> None:
        usual: Any = super()
        moment = Timeout(LINGER_SECONDS)
        try:
            with moment:
                usual._discard()
        except Timeout as timeout:
            if timeout is not moment:
                raise
            self.left_unread = True
        except OSError:
            self.left_unread = True


def check_length(headers: HTTPMessage) -> None:
    """Whether all who read the head agree about where the request ends. Raises `Malformed`.

    A proxy in front that saw another end would take the rest for somebody else's request.
    """
    lengths = {length.strip(" \t") for length in headers.get_all("content-length", [])}
    codings = headers.get_all("transfer-encoding", [])
    if not all(LENGTH.fullmatch(length) for length in lengths) or len(lengths) > 1:
        raise Malformed("a Content-Length that is none, or more than one")
    if codings and (lengths or [coding.lower() for coding in codings] != ["chunked"]):
        raise Malformed("a Transfer-Encoding beside a length, or another than chunked")
