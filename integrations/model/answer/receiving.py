"""Reading an answer to its end, whether it comes as a stream or whole.

It is read by what it is, not by what was asked for.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from gevent import with_timeout

from integrations.model.answer.incoming import IncomingAnswer
from integrations.model.answer.stream_events import SIGN_OF_LIFE, events, is_end_mark
from integrations.model.body import streaming
from integrations.model.body.charsets import KEPT
from integrations.model.errors import AnswerTooLong, StreamCut, WebPage
from integrations.model.json_in_text import complete, found_in, from_json
from integrations.model.refusals.complaint import SENTENCES

AFTER_THE_END = 5.0  # seconds for more to come, once the service has said that this was all
LONGEST_JSON = 2 * 1024 * 1024  # characters of one object
LONGEST_WARNING = 16 * 1024  # bytes
PAGE = re.compile(rb"<(?:!doctype|html|head|body)", re.I)
BEGINNING = re.compile(
    rb'(?<=\n)data:\s*\{|\{\s*"(?:id|object|choices|created|model|error|code)"\s*:', re.I
)
TRIED_AGAIN = 1.5  # times as much has to have come, before the end of an object is looked for
QUOTE = r"(?:\\?[\"']|&quot;)"
# What cannot be read, and had a piece of the answer: a text that is not empty, or torn choices.
MISSED = re.compile(
    rf"\b(?:content|text|answer){QUOTE}\s*:\s*{QUOTE}(?!{QUOTE})|\bchoices\b.*[^}}\s]\s*$", re.S
)
# The name of an event that says that the answer failed; not of one that tells of a tool.
FAILURE = re.compile(
    r"(?:(?:response|conversation\.chat|chat|completion|message|stream|thread\.run)[._-])?"
    r"(?:errors?|abort(?:ed)?|fail(?:ed|ure)?|exception)",
    re.I,
)
# What may stand beside such words and says nothing.
OF_THE_REQUEST = {"id", "request_id", "requestId", "trace_id", "traceId", "sid", "timestamp"}
LETTERS = re.compile(r"[^\W\d_]{2}")
# What ends a stream in words of its own, or counts what it cost.
AT_THE_END = re.compile(
    r"\W*(?:stream |the )?(?:ended|end|eo[fs]|done|finish|complete|stop|success|ok|bye|.?usage"
    r"|close|metadata|结束|完成|完毕|成功)",
    re.I,
)


def read(pieces: Iterator[bytes], incoming: IncomingAnswer) -> None:
    """Read until the service says that it is done; the rest of the body is not waited for."""
    first, rest = streaming.begun(_until_silent(pieces, incoming))
    if first == "<":
        first, rest = _behind_warning(rest)
    if first in ("{", "["):
        begun = _take_objects(rest, incoming, is_array=first == "[")
        if not begun:
            return
        rest = chain([begun], rest)
    _read_events(rest, incoming)


def _behind_warning(pieces: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """The first character of an answer behind a warning of PHP's or a tag, and the answer.

    Raises `WebPage` where there is none.
    """
    held = b""
    for piece in pieces:
        held += piece
        if found := BEGINNING.search(held):
            return chr(held[found.start()]), chain([held[found.start() :]], pieces)
        if len(held) > LONGEST_WARNING or PAGE.match(held):
            break
    raise WebPage("HTTP 200", status=200)


def _until_silent(pieces: Iterator[bytes], incoming: IncomingAnswer) -> Iterator[bytes]:
    """The pieces; once the answer has ended they are not waited for as long as before."""
    while True:
        if incoming.ended:
            piece = with_timeout(AFTER_THE_END, next, pieces, b"", timeout_value=b"")
        else:
            piece = next(pieces, b"")
        if not piece:
            return
        yield piece


def _take_objects(pieces: Iterator[bytes], incoming: IncomingAnswer, *, is_array: bool) -> bytes:
    """Take JSON as it comes: an object, an array of them, or some one behind the other.

    Returns the beginning of what is no such thing, or not whole at the end of the body.
    Raises `StreamCut` where that comes before the array's, or behind an object that is not the
    last, as it says.
    """
    text, tried, last = "", 0.0, b""
    utf8 = codecs.getincrementaldecoder("utf-8")(KEPT)
    for piece in chain(pieces, [b""]):
        text += utf8.decode(piece, final=not piece)
        last = piece.rstrip()[-1:] or last
        if piece and len(text) < tried:
            continue
        found, text = complete(text)
        for content in found:
            incoming.take(content)
        if text and text[0] not in "{[":
            break
        if len(text) > LONGEST_JSON:
            raise AnswerTooLong(f"more than {LONGEST_JSON} characters of JSON")
        tried = len(text) * TRIED_AGAIN
    begun = text.encode() + utf8.getstate()[0]
    is_open = incoming.goes_on or (is_array and last != b"]")
    if is_open and not begun and incoming.length and not incoming.ended:
        raise StreamCut("it ended before the last of its objects")
    return begun


def _read_events(pieces: Iterator[bytes], incoming: IncomingAnswer) -> None:
    torn = ended = came = missed = False
    failed = -1  # characters of the text that were there when something else came in its place
    for name, content in events(pieces):
        if FAILURE.fullmatch(name):
            incoming.take({"error": _failure(content)})
            continue
        if isinstance(content, str):
            found, beside = ([], content) if is_end_mark(content) else found_in(content)
        else:
            found, beside = [content], ""
        for part in found:
            if missed:
                raise StreamCut("the beginning of the stream cannot be read")
            torn, came = False, True
            incoming.take(part)
            if name == "message" and _tells_of_a_fault(_words_in(part)):
                failed = incoming.length
        if not beside:
            continue
        if is_end_mark(beside):
            ended = True
            incoming.understood |= not came  # it says that it has nothing to say
            break
        torn = not found
        if torn and name == "message" and _tells_of_a_fault(beside):
            failed = incoming.length
        came = came or not SIGN_OF_LIFE.match(beside)
        missed = not incoming.ended and MISSED.search(beside) is not None
        if missed and incoming.understood:
            raise StreamCut("an event in the stream cannot be read")
    if incoming.ended:
        return
    if incoming.length and failed == incoming.length:
        raise StreamCut("something else came in place of the rest")
    if not ended and (torn or incoming.goes_on or not incoming.understood):
        raise StreamCut("the stream ended before the answer did")


def _tells_of_a_fault(words: str) -> bool:
    """Whether words in the place of an event's JSON may say that there was a fault."""
    says = LETTERS.search(words) is not None
    return says and not SIGN_OF_LIFE.match(words) and not AT_THE_END.match(words)


def _failure(content: Any) -> Any:
    """What an event says that is called a failure, and never nothing."""
    if isinstance(content, str):
        try:
            content = from_json(content)
        except ValueError:
            return content
    if isinstance(content, dict):
        inside = content.get("response")
        inner = content.get("error") or content.get("last_error")
        inner = inner or (isinstance(inside, dict) and inside.get("error"))
        content = inner or content
    return content or "error"


def _words_in(content: Any) -> str:
    """What a content says that is nothing but words for people; "" where it is anything else."""
    if isinstance(content, dict):
        said = {name: word for name, word in content.items() if name not in OF_THE_REQUEST and word}
        if said.keys() <= {*SENTENCES} - {"title"}:
            content = " ".join(word for word in said.values() if isinstance(word, str))
    return content if isinstance(content, str) else ""
