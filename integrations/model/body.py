"""What a service sends in answer, piece by piece: as lines, as events, or as one JSON text.

It is read by what it is, not by what was asked for. Whatever comes, a line and all of it together
are bounded, broken UTF-8 costs one character, and the loop is let on between pieces.
"""

import codecs
import io
import json
import re
import socket
import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import gevent
from sseclient import SSEClient
from urllib3 import BaseHTTPResponse

from integrations.model import chunks
from integrations.model.encoding import in_utf8, unpacked
from integrations.model.errors import AnswerTooLong

PIECE_BYTES = 16 * 1024
PIECES_AT_ONCE = 64  # then others have their turn
EVENTS_AT_ONCE = 200  # in a row: a piece may have thousands, which are passed over one by one
LET_ON = 0.0001  # seconds; 0 would let on only what is ready, and no timer or socket
LONGEST_BODY = 32 * 1024 * 1024  # bytes of a stream, its wrapping and what was thought included
LONGEST_JSON = 2 * 1024 * 1024  # bytes that are read at once
LONGEST_LINE = 1_000_000  # characters
LONGEST_EVENT = 500  # lines
ACKNOWLEDGE_EVERY = 0.005  # seconds: what comes closer together is not held back for it
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it

NOTHING_YET = b" \t\r\n\xef\xbb\xbf"  # with the byte order mark
EMPTY_LINES = re.compile("\n{3,}")
# The data of an event that is whole already; some services put no empty line behind it.
WHOLE_DATA = re.compile(r"data:\s*(?:\{.*\}|\"?\[?DONE\]?\"?)\s*", re.I | re.S)
TWICE = re.compile(r"data:\s*(?=data:)")
END_MARKS = {"[DONE]", "DONE"}


def pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The body, each piece as soon as it is there; `stream` would wait for a full one.

    Whoever breaks off and reads on later, does so with the same iterator: its end ends the
    connection, if that is not at its end.
    """
    total = at_once = 0
    connection = getattr(response.connection, "sock", None)
    acknowledged = 0.0
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


def whole(body: Iterator[bytes], *, longest: int = LONGEST_JSON) -> bytes:
    """All of a body that has to be read at once. Raises `AnswerTooLong`."""
    taken: list[bytes] = []
    length = 0
    for piece in body:
        taken.append(piece)
        length += len(piece)
        if length > longest:
            raise AnswerTooLong(f"more than {longest} bytes of JSON")
    return b"".join(taken)


def from_json(text: str | bytes) -> Any:
    """What a JSON text says. Raises `ValueError` where it is none."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig", "replace")
    try:
        content = json.loads(text)
        quoted = isinstance(content, str) and content.startswith("{")  # JSON inside JSON
        return json.loads(content) if quoted else content
    except RecursionError:
        raise ValueError("nested too deeply") from None


def each_object(line: str) -> Iterator[Any]:
    """What a line says as JSON: mostly one object, or some with nothing between them.

    Raises `ValueError` at what is none.
    """
    try:
        yield from_json(line)
        return
    except ValueError:
        if "}{" not in line:
            raise
    decoder, at = json.JSONDecoder(), 0
    try:
        while at < len(line):
            content, at = decoder.raw_decode(line, at)
            yield content
    except RecursionError:
        raise ValueError("nested too deeply") from None


def events(body: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """The events of a stream: name, and data that is never blank. Raises `AnswerTooLong`.

    Data is a text, or what it says as JSON where that is known already.
    """
    for number, event in enumerate(_events(body), 1):
        yield event
        if not number % EVENTS_AT_ONCE:
            gevent.sleep(LET_ON)


def _events(body: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    body, cut = iter(body), b""
    for piece in body:
        plain, cut = _plain_events(cut + piece)
        for content in plain:
            yield "message", content
        if b"\n" in cut[:-1] or len(cut) > PIECE_BYTES:  # no beginning of such an event
            break
    for event in SSEClient(_framed(_lines(chain([cut], body)))).events():
        if data := event.data.strip():
            yield event.event, data


def _plain_events(piece: bytes) -> tuple[list[Any], bytes]:
    """What events say, where they are as most services send them: of one line, which is JSON.

    Returns also what is left: the beginning of the next event, or what takes the parser.
    """
    whole, end, rest = piece.rpartition(b"\n\n")
    if not end:
        return [], rest
    if not whole.startswith(b"data: ") or b"\r" in whole:
        return [], piece
    try:
        lines = whole[6:].decode().split("\n\ndata: ")
        mark = [lines.pop()] if lines[-1] == "[DONE]" else []
        said = json.loads(f"[{','.join(lines)}]")  # at once: by itself each costs twice as much
    except (ValueError, RecursionError):
        return [], piece
    plain = all(line[:1] == "{" and "\n" not in line for line in lines)
    return (said + mark, rest) if plain and len(said) == len(lines) else ([], piece)


def is_end_mark(data: str) -> bool:
    """Whether an event says that it was the last one."""
    mark = data.strip('" ').upper()
    return mark in END_MARKS or mark.startswith("[DONE]")


def each_line(data: str) -> list[str]:
    """The lines of an event's data: some services put several events into one."""
    return [line for line in data.split("\n") if line.strip()]


def _lines(body: Iterable[bytes]) -> Iterator[str]:
    """The lines of a body, with runs of empty ones made short. Raises `AnswerTooLong`."""
    begun: list[str] = []
    length = 0
    for text in _text(body):
        *ended, rest = EMPTY_LINES.sub("\n\n", text).split("\n")
        for line in ended:
            yield "".join([*begun, line])
            begun.clear()
            length = 0
        begun.append(rest)
        length += len(rest)
        if length > LONGEST_LINE:
            raise AnswerTooLong(f"a line of more than {LONGEST_LINE} characters")
    yield "".join(begun)


def _text(body: Iterable[bytes]) -> Iterator[str]:
    utf8 = codecs.getincrementaldecoder("utf-8-sig")("replace")
    decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
    for piece in body:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _framed(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines of events as the parser wants them: none too long, JSON and errors as data."""
    length = 0
    for line in lines:
        if line.startswith(":"):
            continue
        if line.startswith(("{", "<")):  # an object, or a proxy's page in the middle of a stream
            line = f"data: {line}"
        elif line.startswith("error:"):  # a field of its own, as older llama.cpp has it
            line = _error_as_data(line.removeprefix("error:").strip())
        elif twice := TWICE.match(line):
            line = line[twice.end() :]
        length += 1
        if not line or length == LONGEST_EVENT or WHOLE_DATA.fullmatch(line):
            line, length = f"{line}\n", 0
        yield f"{line}\n".encode()


def _error_as_data(error: str) -> str:
    """The line of an error, which is JSON or a sentence."""
    try:
        return f"data: {json.dumps({'error': from_json(error)})}"
    except ValueError:
        return f"data: {json.dumps({'error': error or 'error'})}"
