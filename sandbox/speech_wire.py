"""The speech service's messages over WebSocket: one connection of a client.

A text message is header lines, an empty line and a body; a binary one has the length of its header
lines in two bytes before them (speech sheet 2).
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BufferedReader

from gevent.lock import RLock
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side
from websockets.utils import accept_key

MESSAGE_BYTES = 4 * 1024 * 1024
READ_BYTES = 64 * 1024
SIZE_BYTES = 2  # before the header lines of a binary message


class ClientLeft(Exception):
    """The client has closed the connection, or dropped it."""


@dataclass(frozen=True)
class Message:
    """One message of a client: what it is (`path`), the turn it belongs to, and what it brings."""

    path: str
    request_id: str
    body: bytes


class Wire:
    """One client's connection after its upgrade; `send` writes bytes to `connection`."""

    def __init__(
        self,
        arriving: BufferedReader,
        send: Callable[[bytes], object],
        connection: socket.socket,
    ) -> None:
        self._arriving = arriving
        self._send = send
        self._connection = connection
        self._protocol = Protocol(Side.SERVER, max_size=MESSAGE_BYTES)
        self._sending = RLock()  # one frame at a time, whoever sends

    def messages(self) -> Iterator[Message]:
        """Whatever the client says, until either side ends the connection."""
        pieces: list[Frame] = []
        for frame in self._frames():
            if frame.opcode is Opcode.CLOSE:
                return
            if frame.opcode in (Opcode.PING, Opcode.PONG):
                continue
            pieces.append(frame)
            if frame.fin:
                whole = b"".join(bytes(piece.data) for piece in pieces)
                yield taken_apart(whole, is_text=pieces[0].opcode is Opcode.TEXT)
                pieces = []

    def say(self, request_id: str, path: str, content: object) -> None:
        """Send a JSON message of a turn. Raises `ClientLeft`, as everything that sends."""
        kind = "Content-Type:application/json; charset=utf-8"
        head = f"X-RequestId:{request_id}\r\n{kind}\r\nPath:{path}\r\n\r\n"
        message = (head + json.dumps(content, ensure_ascii=False)).encode()
        self._sent(partial(self._protocol.send_text, message))

    def play(self, request_id: str, audio: bytes) -> None:
        """Send a piece of a turn's audio; an empty one says that it was the last."""
        kind = "Content-Type:audio/mpeg\r\n" if audio else ""
        head = f"X-RequestId:{request_id}\r\n{kind}X-StreamId:1\r\nPath:audio\r\n".encode()
        message = len(head).to_bytes(SIZE_BYTES, "big") + head + audio
        self._sent(partial(self._protocol.send_binary, message))

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye as the service does, with a close code."""
        self._sent(partial(self._protocol.send_close, code, reason))

    def cut(self) -> None:
        """Drop the connection without a word, if it is still there."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _frames(self) -> Iterator[Frame]:
        while data := self._read():
            self._sent(partial(self._protocol.receive_data, data))
            for event in self._protocol.events_received():
                if isinstance(event, Frame):
                    yield event

    def _read(self) -> bytes:
        try:
            return self._arriving.read1(READ_BYTES)
        except OSError:
            return b""  # reset: as gone as closed

    def _sent(self, step: Callable[[], object]) -> None:
        """Make a step of the protocol and send what it wants sent."""
        try:
            with self._sending:
                step()
                for data in self._protocol.data_to_send():
                    if data:
                        self._send(data)
        except (OSError, WebSocketException) as gone:
            raise ClientLeft from gone


def taken_apart(data: bytes, *, is_text: bool) -> Message:
    """Read one message; what is not of this protocol has an empty path."""
    if is_text:
        head, _, body = data.partition(b"\r\n\r\n")
    else:
        end = SIZE_BYTES + int.from_bytes(data[:SIZE_BYTES], "big")
        head, body = data[SIZE_BYTES:end], data[end:]
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name: value.strip() for name, _, value in lines}
    return Message(headers.get("Path", ""), headers.get("X-RequestId", ""), body)


def upgrade_headers(key: str) -> list[tuple[str, str]]:
    """The headers of the 101 answer to a client that sent this Sec-WebSocket-Key."""
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(key)),
    ]
