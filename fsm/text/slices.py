"""A long text cut into replies that WeChat takes: 2000 bytes at most.

Lengths are in characters unless they are said to be in bytes, which are those of UTF-8.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from integrations.wechat.protocol import REPLY_BYTES

MIN_CHARACTERS = 10  # of the text itself, however long the line below it is

DEEPEST_INDENT = 60  # a line that begins farther in is moved to the left

LINK = re.compile(r"<a\s[^<>]*>[^<>]*</a>", re.I)
UNCUT = re.compile(rf"{LINK.pattern}|https?://[^\s<>\u0080-\U0010ffff]+", re.I)
# A full stop after a digit may be that of "1. First", which nothing separates from its text.
SENTENCE_END = re.compile(
    r"(?:[。！？；…]|[!?;](?=[\"')\]]*(?:\s|[^\x00-\x7f]))|(?<!\d)\.(?=[\"')\]]*\s))"
    r"[”’」』）】\"')\]]*|(?=\n)"
)
CLAUSE_END = re.compile(r"[，、：]|(?<!\d[.)])(?<!•)(?=\s)")
WORD_END = re.compile(r"(?=[^!-~])|(?<=[^!-~])")  # Chinese has one at each character

JOINER = "\u200d"  # of 👩‍🚀
JOINED = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")  # skin tones, tags
FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two make a flag


@dataclass(frozen=True)
class Slice:
    """A reply that is ready to be sent, and where in the text the next one begins."""

    text: str = field(repr=False)
    end: int


def fit(text: str, start: int, *, characters: int, footer: str, last_footer: str = "") -> Slice:
    """The next reply from `start` on, with `footer` below it, or `last_footer` if it is the last.

    With that it has at most REPLY_BYTES bytes, and at most `characters`, except where a link alone
    has more, or where these leave the text less than MIN_CHARACTERS: then the text alone gets half
    of `characters` (or MIN_CHARACTERS). A footer over half of REPLY_BYTES is left out.
    """
    start = _after_space(text, start)
    below, last_below = _below(footer), _below(last_footer)
    rest = text[start:].rstrip()
    characters_left, bytes_left = _room(last_below, characters)
    if len(rest) <= characters_left and len(rest.encode()) <= bytes_left:
        return Slice((rest + last_below).lstrip("\n"), len(text))
    # Not more than would fit over `last_footer`: something has to remain for the last reply.
    characters_left = min(characters_left, _room(below, characters)[0])
    bytes_left = min(bytes_left, _room(below, characters)[1])
    end = cut(text, start, characters=characters_left, room=bytes_left)
    if text[start:end].isspace():  # an indent, before a link that would fit without it only
        return fit(text, end, characters=characters, footer=footer, last_footer=last_footer)
    next_begins = _after_space(text, end)
    if next_begins == len(text):  # a link may be longer than what it leaves room for
        below = last_below
    return Slice(text[start:end].rstrip() + below, next_begins)


def cut(text: str, start: int, *, characters: int, room: int) -> int:
    """Where the next slice of `text` ends: at most `characters` and `room` bytes after `start`.

    That is behind a sentence or a line where one ends in the last third, else behind a clause or
    a word, else anywhere but inside a link, an address or what is seen as one character; these are
    cut only where they alone are too long, and a link only where `room` cannot hold it. Always
    more than `start`, if there is more text.
    """
    reach = _reach(text, start, characters, room)
    link = LINK.match(text, start)
    if link and link.end() > reach and len(link[0].encode()) <= room:
        return link.end()
    if reach >= len(text):
        return len(text)
    links = [match.span() for match in UNCUT.finditer(text, start) if match.start() < reach]

    def is_whole(at: int) -> bool:
        return not (_is_joined(text, at) or any(begin < at < end for begin, end in links))

    end = next(filter(is_whole, range(reach, start, -1)), reach)
    near = end - (end - start) // 3
    for ending in (SENTENCE_END, CLAUSE_END, WORD_END):
        found = [match.end() for match in ending.finditer(text, near) if match.end() <= end]
        if ends := [at for at in found if at > start and is_whole(at)]:
            return ends[-1]
    return end


def common_prefix(a: str, b: str) -> int:
    """How many characters `a` and `b` have in common from their beginning on."""
    differing = (at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    return next(differing, min(len(a), len(b)))


def _below(footer: str) -> str:
    return f"\n{footer}" if footer and len(footer.encode()) <= REPLY_BYTES // 2 else ""


def _room(below: str, characters: int) -> tuple[int, int]:
    """What is left for the text: characters, bytes."""
    left = characters - len(below)
    if left < MIN_CHARACTERS:
        left = max(characters // 2, MIN_CHARACTERS)
    return left, REPLY_BYTES - len(below.encode())


def _after_space(text: str, at: int) -> int:
    """Behind the line ends, or the spaces within a line; how far a line is indented is kept."""
    end = at
    while end < len(text) and text[end].isspace():
        end += 1
    line = text.rfind("\n", max(at - 1, 0), end) + 1
    return line if line and end - line <= DEEPEST_INDENT else end


def _reach(text: str, start: int, characters: int, room: int) -> int:
    window = text[start : start + characters].encode()[: max(room, 0)]
    return start + max(1, len(window.decode(errors="ignore")))


def _is_joined(text: str, at: int) -> bool:
    """Whether the characters before and after `at` are seen as one."""
    before, after = text[at - 1], text[at]
    if before == JOINER or JOINED.match(after) or unicodedata.category(after).startswith("M"):
        return True
    if before in FLAG_LETTERS and after in FLAG_LETTERS:
        return (at - len(text[:at].rstrip(FLAG_LETTERS))) % 2 == 1
    return before + after == "\r\n"
