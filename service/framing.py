"""Where a request's head and its body end: what is in doubt about it is refused."""

import re
from collections.abc import Callable
from email.errors import MissingHeaderBodySeparatorDefect
from http.client import HTTPMessage
from typing import Any

from gevent import Timeout
from gevent.pywsgi import Input

HEAD_BYTES = 32 * 1024  # of a request line and its headers; WeChat's have a few hundred
LENGTH = re.compile(r"[0-9]{1,15}")
LINGER_SECONDS = 1.0  # for the rest of a body that was refused, so that the refusal is read


class Malformed(ValueError):
    """What came is no request. The text says what of it is wrong, and repeats nothing of it."""


class Head:
    """The lines of a head, as many as it may have."""

    def __init__(self, readline: Callable[[int], bytes]) -> None:
        self._readline = readline
        self._left = HEAD_BYTES

    def readline(self, limit: int) -> bytes:
        line = self._readline(min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise Malformed(f"a head of more than {HEAD_BYTES} bytes")
        # Some take these for the end of a line, others for a part of it.
        if line.startswith((b" ", b"\t")) or set(line.rstrip(b"\r\n")) & set(b"\r\0"):
            raise Malformed("a header that is none")
        return line


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
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in headers.defects):
        raise Malformed("a header that is none")
    lengths = {length.strip(" \t") for length in headers.get_all("content-length", [])}
    codings = headers.get_all("transfer-encoding", [])
    if not all(LENGTH.fullmatch(length) for length in lengths) or len(lengths) > 1:
        raise Malformed("a Content-Length that is none, or more than one")
    if codings and (lengths or [coding.lower() for coding in codings] != ["chunked"]):
        raise Malformed("a Transfer-Encoding beside a length, or another than chunked")
