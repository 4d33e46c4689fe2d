"""A body in chunks: the same data however it is cut, at once, and to its end."""

import socket
from typing import Any

import pytest

from integrations.model.body import streaming
from integrations.model.body.chunks import Chunks

BODY = b"4\r\nab\r\n\r\n1a;name=value\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: 1\r\n\r\n"
BODY_OF_SHORT_LINES = BODY.replace(b"\r\n", b"\n").replace(b"4\nab\n", b"3\nab\n")
DATA = b"ab\r\nabcdefghijklmnopqrstuvwxyz"


def taken(body: bytes, size: int) -> bytes:
    """The data of a body in pieces of so many bytes, and what it says of its end."""
    chunks, data = Chunks(), b""
    for at in range(0, len(body), size):
        data += b"(ended)" * chunks.ended + chunks.data_in(body[at : at + size])
    return data if chunks.ended else data + b"(not ended)"


@pytest.mark.parametrize("body", [BODY, BODY_OF_SHORT_LINES], ids=["as written", "short lines"])
def test_chunks_may_be_cut_anywhere(body: bytes) -> None:
    data = {size: taken(body, size).replace(b"\r\n", b"\n") for size in range(1, len(body) + 1)}
    assert data == dict.fromkeys(data, DATA.replace(b"\r\n", b"\n"))


def test_what_is_there_is_given_at_once_also_of_a_chunk_that_is_not() -> None:
    chunks = Chunks()
    assert chunks.data_in(b"2\r\nab\r\n2\r\ncd\r\n6\r\nef") == b"abcdef"
    assert chunks.data_in(b"gh") == b"gh"
    assert not chunks.ended


@pytest.mark.parametrize(
    "broken",
    [
        b"2\r\nabc\r\n0\r\n\r\n",
        b"-2\r\nab\r\n0\r\n\r\n",
        b"0x2\r\nab\r\n",
        b"\r\n\r\n2\r\nab",
        b"2" * 17 + b"\r\n",
        b"2;" + b"x" * 5000,
        b"0\r\n" + b"x" * 5000,
        b"data: {}\n\n",
    ],
)
def test_what_is_no_chunk_ends_the_reading(broken: bytes) -> None:
    chunks = Chunks()
    chunks.data_in(b"1\r\na\r")
    assert not chunks.broken
    assert chunks.data_in(b"\n1\r\nb\r\n" + broken).startswith(b"b"), "what came before counts"
    assert chunks.broken


class Response:
    """Of a service that holds its words back until its head has been acknowledged."""

    chunked, headers = False, dict[str, str]()

    def __init__(self) -> None:
        self.done: list[object] = []
        self.connection = self.sock = self

    def setsockopt(self, *option: int) -> None:
        self.done.append(option)

    def read1(self, *_: object, **__: object) -> bytes:
        self.done.append("read")
        return b""


@pytest.mark.skipif(streaming.QUICK_ACK is None, reason="only Linux has it")
def test_the_head_is_acknowledged_before_the_first_words_are_waited_for() -> None:
    response: Any = Response()
    assert list(streaming.pieces(response)) == []
    assert response.done == [(socket.IPPROTO_TCP, streaming.QUICK_ACK, 1), "read"]
