"""The events of a stream, in whatever way a service or a gateway writes them.

A line is bounded, broken UTF-8 costs one character, and the loop is let on.
"""

import codecs
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import gevent
from sseclient import SSEClient

from integrations.model.body.charsets import KEPT
from integrations.model.body.streaming import LET_ON, PIECE_BYTES
from integrations.model.errors import AnswerTooLong
from integrations.model.json_in_text import JSON, begins_whole, from_json

EVENTS_AT_ONCE = 200  # in a row: a piece may have thousands, which are passed over one by one
LONGEST_LINE = 1_000_000  # characters
LONGEST_EVENT = 500  # lines
LONGEST_TRIED = 64 * 1024  # characters of an event whose end is looked for

EMPTY_LINES = re.compile("\n{3,}")
# That gateways and proxies put before a field: the byte order mark, other marks of nothing, blanks.
SIGNS = "\ufeff\0\x1e \t\u200b\u200c\u200d\u2060"
FIELD = re.compile(r"(data|event|id|retry|error)[ \t]*[:：]", re.I)
GLUED = re.compile(r"data[ \t]*[:：]\s*(?=[\[{\"])")  # to what has no line end behind it
TWICE = re.compile(r"^(?:data:\s*)+")
# The data of an event that is whole already; some services put no empty line behind it.
WHOLE = re.compile(r"\{.*\}\s*", re.S)
SIGN_OF_LIFE = re.compile(r"\W*(?:ping|pong|keep.?alive|heart.?beat|processing|waiting)\b", re.I)
# How a line begins that has a field, known or not, or is a comment.
NAMED = re.compile(r"[\w-]*\s*[:：]")
WORD = re.compile(r"[^\W\d_]{3}")
CHINESE_WORD = re.compile(r"[\u4e00-\u9fff]{3}")
GLIMPSE = 200  # characters of a line that tell whether it is a sentence
END = re.compile(r"\"?\[?DONE\]?\"?\s*", re.I)
END_MARKS = {"[DONE]", "DONE"}


def events(body: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """The events of a stream: name, and data that is never blank. Raises `AnswerTooLong`.

    Data is a text, or what it says as JSON where that is known already.
    """
    for number, event in enumerate(_events(body), 1):
        yield event
        if not number % EVENTS_AT_ONCE:
            gevent.sleep(LET_ON)


def is_end_mark(data: str) -> bool:
    """Whether an event says that it was the last one."""
    mark = data.strip('" ').upper()
    return mark in END_MARKS or mark.startswith("[DONE]")


def _events(body: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    body, cut = iter(body), b""
    for piece in body:
        plain, cut = _plain_events(cut + piece)
        for content in plain:
            yield "message", content
        if b"\n" in cut[:-1] or len(cut) > PIECE_BYTES:  # no beginning of such an event
            break
    framed = _Framed().of(_lines(chain([cut], body)))
    for event in SSEClient(framed).events():
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
        said = JSON.decode(f"[{','.join(lines)}]")  # at once: by itself each costs twice as much
    except (ValueError, RecursionError):
        return [], piece
    plain = all(line[:1] == "{" and "\n" not in line for line in lines)
    return (said + mark, rest) if plain and len(said) == len(lines) else ([], piece)


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
    utf8 = codecs.getincrementaldecoder("utf-8-sig")(KEPT)
    decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
    for piece in body:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


class _Framed:
    """The lines of events as the parser wants them: none too many, JSON and errors as data.

    JSON that is not at its end goes on with the next line, whatever that one begins with.
    """

    def __init__(self) -> None:
        self._length = 0  # lines of the event
        self._open: list[str] = []  # lines of its JSON, whose end is not there yet
        self._blank = 0  # empty lines behind them, which end it or are part of a text

    def of(self, lines: Iterable[str]) -> Iterator[bytes]:
        for line in lines:
            for framed in self._gone_on(line) if self._open else self._begun(line):
                yield f"{framed}\n".encode()

    def _gone_on(self, line: str) -> Iterator[str]:
        bare = line.strip(SIGNS)
        if not bare and (self._is_whole() or self._length >= LONGEST_EVENT):
            yield self._ended()
        elif not bare:
            self._blank += 1
            self._length += 1
        elif bare[0] == ":" or FIELD.match(bare) or (self._blank and WHOLE.fullmatch(bare)):
            if self._blank or not bare.lower().startswith("data"):
                yield self._ended()
            yield from self._begun(line)
        else:
            more = [""] * self._blank + [line]
            self._open += more
            self._blank = 0
            self._length += 1
            yield from (f"data: {part}" for part in more)
            if self._length >= LONGEST_EVENT or ("}" in line and self._is_whole()):
                yield self._ended()

    def _begun(self, line: str) -> Iterator[str]:
        bare = line.lstrip(SIGNS)
        if not bare:
            yield self._ended()
            return
        name, data = _field(bare)
        if name == ":":
            return
        if name != "data":
            self._length += 1
            yield f"{name}: {data}"
            return
        self._length += 1
        yield f"data: {data}"
        if END.fullmatch(data) or self._length >= LONGEST_EVENT:
            yield self._ended()
        elif self._open or data[:1] == "{":
            self._open.append(data)
            closed = WHOLE.fullmatch(data) and _strings_end(data)
            if closed or ("}" in data and self._is_whole()):
                yield self._ended()

    def _ended(self) -> str:
        self._length = self._blank = 0
        self._open.clear()
        return ""

    def _is_whole(self) -> bool:
        text = "\n".join(self._open)
        return len(text) > LONGEST_TRIED or begins_whole(text)


def _field(line: str) -> tuple[str, str]:
    """Name and value of a line's field, data where there is JSON in it; ":" for none."""
    if line.startswith("data:"):  # at once: it is most of them
        return "data", TWICE.sub("", line)
    found = FIELD.match(line)
    name = found[1].lower() if found else ""
    value = line[found.end() :].lstrip() if found else line
    if name == "data":
        return name, value
    if name == "error":  # as older llama.cpp has it
        return "data", _error(value)
    if not name and value[0] in "{<":  # an object, or a proxy's page in the middle of a stream
        return "data", value
    if glued := GLUED.search(value):
        return "data", value[glued.end() :]
    if not name and (("{" in value and value[0] != ":") or is_end_mark(value)):
        return "data", value
    if not name and _is_sentence(value[:GLIMPSE]):
        return "data", value
    return name or ":", value


def _is_sentence(line: str) -> bool:
    """Whether it is words for people: a proxy's that waits no longer, or the start of a head."""
    if NAMED.match(line) or SIGN_OF_LIFE.match(line):
        return False
    says = WORD.search(line) is not None and len(line.split()) > 1
    return says or CHINESE_WORD.search(line) is not None


def _error(error: str) -> str:
    """An error as an object; it is JSON or a sentence."""
    try:
        return json.dumps({"error": from_json(error)})
    except ValueError:
        return json.dumps({"error": error or "error"})


def _strings_end(text: str) -> bool:
    """Whether no string of a JSON text is open at its end, as far as counting tells."""
    return (text.count('"') - text.count('\\"')) % 2 == 0
