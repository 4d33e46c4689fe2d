"""The bytes of a body as UTF-8, whichever way they come: packed, or in a character set of China.

What a response says of itself is often wrong: a gateway that unpacks a body leaves the header that
calls it packed, a service that has changed to UTF-8 still names the set it had before. So it is
looked at.
"""

import codecs
import re
import zlib
from collections.abc import Iterator
from itertools import chain

from urllib3.exceptions import DecodeError

MOST_UNPACKED = 64 * 1024  # bytes at once: a small piece may hold very many
# What an answer that is not packed begins with.
PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[<\"]\s*[\w{\[\"\]}!]|data:|event:|id:|error:|:)")
GZIP = b"\x1f\x8b"
EITHER, RAW = 47, -15  # `wbits` of zlib: with a header of gzip's or its own, and with none
# As a service names them -> as they are read: the larger set holds the smaller one.
CHARACTER_SETS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cp950"), "big5hkscs"),
}
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.I)
TWO_BYTES_LONG = "\u07ff"  # the last character that UTF-8 has two bytes for; no Chinese one is


def unpacked(pieces: Iterator[bytes], announced: str) -> Iterator[bytes]:
    """The pieces without gzip or deflate; `announced` is the Content-Encoding.

    Raises `DecodeError`.
    """
    first = b""
    while len(first) < len(GZIP):
        if not (piece := next(pieces, b"")):
            break
        first += piece
    body = chain([first] if first else [], pieces)
    if first.startswith(GZIP):
        return _unpacked(body, EITHER)
    if "deflate" in announced.lower() and not PLAIN.match(first):
        has_header = first[:1] == b"\x78" and int.from_bytes(first[:2]) % 31 == 0
        return _unpacked(body, EITHER if has_header else RAW)
    return body


def _unpacked(pieces: Iterator[bytes], kind: int) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(kind)
    for piece in pieces:
        while piece:
            try:
                part = unpacking.decompress(piece, MOST_UNPACKED)
            except zlib.error as exc:
                raise DecodeError(str(exc)) from None
            if part:
                yield part
            piece = unpacking.unconsumed_tail
            if unpacking.eof:  # there may be another one behind it
                piece = unpacking.unused_data
                unpacking = zlib.decompressobj(kind)


def in_utf8(pieces: Iterator[bytes], content_type: str) -> Iterator[bytes]:
    """The pieces in UTF-8, where the Content-Type names another set that is in use."""
    named = CHARSET.search(content_type)
    name = CHARACTER_SETS.get(named[1].lower()) if named else None
    return _decoded(pieces, name) if name else pieces


def _decoded(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    held, decoder = b"", None
    for piece in chain(pieces, [b""]):
        at_end = not piece
        if decoder is None:
            held += piece
            if not held.isascii():
                decoder = _decoder(held, name, final=at_end)
            elif held:
                yield held
                held = b""
            if decoder is None:
                continue
            piece, held = held, b""
        if text := decoder.decode(piece, final=at_end):
            yield text.encode()


def _decoder(data: bytes, name: str, *, final: bool) -> codecs.IncrementalDecoder | None:
    """How to read a body that begins so; None where there is too little of it to tell."""
    named = codecs.getincrementaldecoder(name)("replace")
    try:
        utf8 = codecs.getincrementaldecoder("utf-8")()
        text = utf8.decode(data)
    except UnicodeDecodeError:
        return named
    if any(character > TWO_BYTES_LONG for character in text):
        return codecs.getincrementaldecoder("utf-8")("replace")
    waits = utf8.getstate()[0] and not final
    return None if waits else named
