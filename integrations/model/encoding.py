"""The bytes of a body as UTF-8, whichever way they come: packed, or in a character set of China.

What a response says of itself is often wrong: a gateway that unpacks a body leaves the header that
calls it packed, a service that has changed to UTF-8 still names the set it had before, and many a
one in China's sets says nothing of it. So it is looked at.
"""

import codecs
import re
import zlib
from collections.abc import Iterator
from itertools import chain

from urllib3.exceptions import DecodeError

from integrations.model import charsets

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
END_MARK = b"[DONE]"  # behind it nothing has to come


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
    """The pieces in UTF-8. What is held, until it is known how to read it, is little."""
    named = CHARSET.search(content_type)
    name = CHARACTER_SETS.get(named[1].lower()) if named else None
    return _decoded(pieces, name) if name else _looked_at(pieces)


def _looked_at(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of a body that names no set of China's: in UTF-8, or in one of them after all."""
    held = b""
    try:
        for piece in pieces:
            if not held and piece.isascii():
                yield piece
                continue
            held += piece
            at_end = len(held) > charsets.MOST_LOOKED_AT or END_MARK in piece
            if (name := charsets.told(held, at_end=at_end)) is None:
                continue
            held, begun = b"", held
            if name == charsets.UTF_8:
                yield begun
                yield from pieces
            else:
                yield from _read_in(name, chain([begun], pieces))
            return
    except Exception:
        if held:  # what came before it broke off
            yield _ended(held)
        raise
    if held:
        yield _ended(held)


def _ended(held: bytes) -> bytes:
    name = charsets.told(held, at_end=True) or charsets.UTF_8
    return held if name == charsets.UTF_8 else held.decode(name, "replace").encode()


def _read_in(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)("replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text.encode()
    if text := decoder.decode(b"", final=True):
        yield text.encode()


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
    if any(character > charsets.TWO_BYTES_LONG for character in text):
        return codecs.getincrementaldecoder("utf-8")("replace")
    waits = utf8.getstate()[0] and not final
    return None if waits else named
