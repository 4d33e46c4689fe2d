"""A body that comes in chunks: all that is there is one piece, of however many chunks it was.

A model that writes fast, and a gateway that collects, send a chunk for each token and many of them
together. To take each by itself costs several times what reading its words does.
"""

import re
from collections.abc import Iterator
from typing import Any

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import ProtocolError

# Before each chunk stands its length, and something that is passed over.
LINE = re.compile(rb"\r?\n([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
LONGEST_LINE = 4096  # bytes; of the lines behind the last chunk as well


class Chunks:
    """Takes the chunks' frames off what arrives, cut wherever it may be."""

    def __init__(self) -> None:
        self._came = b"\n"  # the beginning of a line, with the end of the one before
        self._left = 0  # bytes of the chunk that are still to come
        self._last = False
        self.ended = False
        self.broken = False  # what came is no chunk

    def data_in(self, came: bytes) -> bytes:
        """The data in what came next."""
        came, at = self._came + came, 0
        data: list[bytes] = []
        while not self._last:
            if self._left:
                data.append(came[at : at + self._left])
                self._left -= len(data[-1])
                at += len(data[-1])
            line = None if self._left else LINE.match(came, at)
            if not line:
                break
            at, self._left = line.end(), int(line[1], 16)
            self._last = not self._left
        self._came = came[at:]
        if self._last:
            self._look_for_the_end()
        self.broken = not self.ended and not _may_begin_a_line(self._came)
        return b"".join(data)

    def _look_for_the_end(self) -> None:
        """An empty line. Whatever stands before it says nothing of the data."""
        *lines, self._came = self._came.split(b"\n")
        self.ended = any(not line.strip(b"\r") for line in lines)


def _may_begin_a_line(came: bytes) -> bool:
    return len(came) <= LONGEST_LINE and b"\n" not in came[2:]


def pieces(response: BaseHTTPResponse, most: int) -> Iterator[bytes]:
    """The body, at most so many bytes at a time, as soon as they are there.

    Raises what urllib3's own readers raise: its errors, and `OSError`.
    """
    # What these readers do it takes from urllib3: no public one says what is there already.
    raw: Any = response
    with raw._error_catcher():  # which also lets go of the connection, at the end or at an error
        chunks = Chunks()
        while not chunks.ended:
            came = raw._fp.fp.read1(most)
            if data := chunks.data_in(came):
                yield data
            if chunks.broken or not came:
                raise ProtocolError("the body broke off")
        raw._fp.close()
