"""Cuts a text into replies that WeChat shows, and makes the link that leads to the next one.

A reply holds 2000 bytes of UTF-8 (protocol sheet 3.2). It ends where a sentence or a line does, if
one ends nearby, and never inside a link or what is seen as one character.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from urllib.parse import quote

import regex

MAX_BYTES = 2000
NEAR = 1 / 3  # of a slice: so far back a better end is looked for
LONGEST_LINK = 2500  # characters to look ahead for a link's end

SEEN_AS_ONE = regex.compile(r"\X")
LINK = regex.compile(r"<a\s[^>]*>.*?</a>|https?://[\x21-\x7e]+", regex.DOTALL)
ENDS = (
    regex.compile(r"[。！？!?；;…]+[」』”’）)】]*|\.(?=\s)|\n"),  # of a sentence or a line
    regex.compile(r"[，、,：:]|\s"),  # of a part of one
)


@dataclass(frozen=True)
class Slice:
    """A reply ready to be sent, and up to which character of the whole text it leads."""

    text: str = field(repr=False)
    end: int


def fit(text: str, start: int, *, characters: int, footer: str, last_footer: str = "") -> Slice:
    """The next reply of `text` from `start`: with `footer` below where more follows.

    It is at most `characters` long and `MAX_BYTES` in UTF-8, the footer included. A footer that
    leaves no room for text is not counted in `characters`. `last_footer` stands below the last.
    """
    start = _past_blanks(text, start)
    rest, tail = text[start:], _below(last_footer)
    if len(rest + tail) <= characters and _size(rest + tail) <= MAX_BYTES:
        return Slice(rest + tail, len(text))
    least = max(10, characters // 2)
    end = cut(
        text,
        start,
        characters=max(least, characters - len(_below(footer))),
        room=MAX_BYTES - _size(_below(footer)),
    )
    piece, end = text[start:end].rstrip(), _past_blanks(text, end)
    below = _below(footer if end < len(text) else last_footer)
    return Slice(piece + below if _size(piece + below) <= MAX_BYTES else piece, end)


def cut(text: str, start: int, *, characters: int, room: int) -> int:
    """Where the next slice of `text` from `start` ends, always behind `start`.

    It is at most `characters` long, `room` bytes in UTF-8.
    """
    piece = text[start : start + characters].encode()[:room].decode(errors="ignore")
    furthest = start + len(piece)
    if furthest >= len(text):
        return len(text)
    around = text[start : furthest + LONGEST_LINK]
    links = [(start + link.start(), start + link.end()) for link in LINK.finditer(around)]
    units = SEEN_AS_ONE.finditer(text, start, min(len(text), furthest + 50))
    ends: Iterator[int] = takewhile(lambda end: end <= furthest, (unit.end() for unit in units))
    ends_allowed = [end for end in ends if not any(a < end < b for a, b in links)]
    if not ends_allowed:
        return max(furthest, start + 1)  # a link, or a pile of accents, longer than a reply
    near = furthest - int((furthest - start) * NEAR)
    for pattern in ENDS:
        found = {match.end() for match in pattern.finditer(text, start, furthest + 1)}
        good = [end for end in ends_allowed if end in found and end > near]
        if good:
            return good[-1]
    return ends_allowed[-1]


def common_prefix(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((index for index, (a, b) in pairs if a != b), shorter)


def tap_link(word: str) -> str:
    """A link that sends `word` when it is tapped (protocol sheet 3.4)."""
    content = quote(word, safe="")
    shown = html.escape(word)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=1">{shown}</a>'


def _below(line: str) -> str:
    return f"\n{line}" if line else ""


def _size(text: str) -> int:
    return len(text.encode())


def _past_blanks(text: str, index: int) -> int:
    while index < len(text) and text[index].isspace():
        index += 1
    return index
