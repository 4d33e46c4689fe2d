"""What a service sends in answer, piece by piece.

Whatever comes, all of it together is bounded, and the loop is let on between pieces.
"""

import socket
import time
from collections.abc import Iterator
from functools import partial
from itertools import chain

import gevent
from urllib3 import BaseHTTPResponse

from integrations.model.body import chunks
from integrations.model.body.encoding import in_utf8, unpacked
from integrations.model.errors import AnswerTooLong

PIECE_BYTES = 16 * 1024
PIECES_AT_ONCE = 64  # then others have their turn
LET_ON = 0.0001  # seconds; 0 would let on only what is ready, and no timer or socket
LONGEST_BODY = 32 * 1024 * 1024  # bytes of a stream, its wrapping and what was thought included
ACKNOWLEDGE_EVERY = 0.005  # seconds: what comes closer together is not held back for it
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it

# With the byte order mark, the mark of a record, and a blank of no width.
NOTHING_YET = b" \t\r\n\0\x1e\xef\xbb\xbf\xe2\x80\x8b"


def pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The body, each piece as soon as it is there; `stream` would wait for a full one.

    Whoever breaks off and reads on later, does so with the same iterator: its end ends the
    connection, if that is not at its end.
    """
    total = at_once = 0
    connection = getattr(response.connection, "sock", None)
    acknowledged = time.monotonic()
    _acknowledge(connection)  # the head: else some services' first words wait for it, 40 ms
    for piece in _as_they_come(response):
        if (now := time.monotonic()) - acknowledged > ACKNOWLEDGE_EVERY:
            acknowledged = now
            _acknowledge(connection)
        total += len(piece)
        if total > LONGEST_BODY:
            raise AnswerTooLong(f"more than {LONGEST_BODY} bytes")
        at_once += 1
        if at_once == PIECES_AT_ONCE or len(piece) > PIECE_BYTES // 2:
            at_once = 0
            gevent.sleep(LET_ON)
        yield piece


def _as_they_come(response: BaseHTTPResponse) -> Iterator[bytes]:
    """In UTF-8, and not packed. Neither of the two costs anything where nothing is to be done."""
    headers = response.headers
    if response.chunked:
        sent = chunks.pieces(response, PIECE_BYTES)
    else:
        sent = iter(partial(response.read1, PIECE_BYTES, decode_content=False), b"")
    plain = unpacked(sent, headers.get("Content-Encoding", ""))
    return in_utf8(plain, headers.get("Content-Type", ""))


def _acknowledge(connection: socket.socket | None) -> None:
    """Have the kernel acknowledge what came at once, not 40 ms later.

    A server that has not switched Nagle's algorithm off holds its next piece back until then.
    """
    if connection is not None and QUICK_ACK is not None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)
        except OSError:
            pass  # it is closed, which the next read says better


def begun(body: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """The first character that is not blank ("" where there is none), and the body from there."""
    for piece in body:
        if bare := piece.lstrip(NOTHING_YET):
            return chr(bare[0]), chain([bare], body)
    return "", iter(())
