"""The bytes of a body as UTF-8, whichever way they come: packed, or in another character set.

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

from integrations.model.body import charsets

MOST_UNPACKED = 64 * 1024  # bytes at once: a small piece may hold very many
# What an answer that is not packed begins with.
PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[<\"]\s*[\w{\[\"\]}!]|data:|event:|id:|error:|:)")
GZIP = b"\x1f\x8b"
EITHER, RAW = 47, -15  # `wbits` of zlib: with a header of gzip's or its own, and with none
LATIN = "cp1252"
# As a service names them -> as they are read: the larger set holds the smaller one.
CHARACTER_SETS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cp950"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1"), LATIN),
    **dict.fromkeys(("euc-kr", "euckr", "ks_c_5601-1987"), "cp949"),
}
# Of those that Python knows, by its names: what text is sent in, beside UTF-8.
FOR_TEXT = re.compile(r"gb|big5|euc|cp\d|iso|shift|koi8|mac-|hz|tis-620|utf-(?:16|32)")
WIDE = ("utf-16", "utf-32")
BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
IN_ASCII = ("hz", "iso2022")  # Chinese, Japanese, Korean in bytes that are ASCII's
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
    name = _as_it_is_read(named[1].lower()) if named else None
    if name is None or name == LATIN:  # which many name that send something else
        return _looked_at(pieces, name or charsets.UTF_8)
    if name.startswith(WIDE):
        return _of_wide(pieces, name)
    return _of_ascii(pieces, name) if name.startswith(IN_ASCII) else _decoded(pieces, name)


def _as_it_is_read(named: str) -> str | None:
    """The set that a service has named, as Python calls it; None for UTF-8, and for no such set."""
    try:
        name = codecs.lookup(CHARACTER_SETS.get(named, named)).name
        reads_ascii = name.startswith(WIDE) or b"{}".decode(name) == "{}"
    except (LookupError, ValueError):
        return None
    return name if FOR_TEXT.match(name) and reads_ascii else None


def _of_wide(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Of characters of two or four bytes, if they are that: what is ASCII has a zero in them."""
    first = b""
    while len(first) < 4 and (piece := next(pieces, b"")):
        first += piece
    body = chain([first] if first else [], pieces)
    if not (marked := first.startswith(BYTE_ORDERS)) and b"\0" not in first[:4]:
        return _looked_at(body)
    order = "-be" if first.startswith(b"\0") else "-le"
    return _read_in(name[:6] + ("" if marked else order), body)


def _of_ascii(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Of bytes that are ASCII's; from the first other one on it is looked at what they are."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    for piece in pieces:
        if not piece.isascii():
            yield from _looked_at(chain([piece], pieces))
            return
        if text := decoder.decode(piece):
            yield text.encode()


def _looked_at(pieces: Iterator[bytes], otherwise: str = charsets.UTF_8) -> Iterator[bytes]:
    """The pieces of a body that names no set, or one that may be wrong: in whichever it is.

    Where it is neither UTF-8 nor one of China's sets it is read in that of `otherwise`.
    """
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
            name = _rather(name, otherwise, begun)
            if name == charsets.UTF_8:
                yield begun
                yield from pieces
            else:
                yield from _read_in(name, chain([begun], pieces))
            return
    except Exception:
        if held:  # what came before it broke off
            yield _ended(held, otherwise)
        raise
    if held:
        yield _ended(held, otherwise)


def _ended(held: bytes, otherwise: str) -> bytes:
    name = _rather(charsets.told(held, at_end=True) or charsets.UTF_8, otherwise, held)
    return held if name == charsets.UTF_8 else held.decode(name, "replace").encode()


def _rather(told: str, otherwise: str, data: bytes) -> str:
    """The set that was told; where that is UTF-8 and the data is none, the other."""
    if told != charsets.UTF_8:
        return told
    try:
        codecs.getincrementaldecoder(charsets.UTF_8)().decode(data)
    except UnicodeDecodeError:
        return otherwise
    return told


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
    known = max(text) > charsets.TWO_BYTES_LONG or (_has_one_byte(name) and not text.isascii())
    if known:
        return codecs.getincrementaldecoder("utf-8")("replace")
    waits = utf8.getstate()[0] and not final
    return None if waits else named


def _has_one_byte(name: str) -> bool:
    """Whether each character of a set has one byte: then nothing that is meant so is UTF-8, too."""
    return len(bytes(range(256)).decode(name, "replace")) == 256
