"""Which character set the beginning of a body is in, where nothing is said of it.

Chinese text in UTF-8 is told by its characters of three bytes. In a set of China's own it is hardly
ever right UTF-8, and nearly all of it is of the everyday part of that set; a character that is torn
or broken in a body of UTF-8 is not.
"""

import codecs
import re

UTF_8 = "utf-8"
TWO_BYTES_LONG = "\u07ff"  # the last character that UTF-8 has two bytes for; no Chinese one is
BROKEN = "\ufffd"
MOST_LOOKED_AT = 2000  # bytes: some events, or much of a text
GLANCE = 40  # bytes that nearly always tell
ANY = re.compile(rb"[\x80-\xff]")
# The bytes of a character that is torn over two events are kept, each as one that nobody uses.
KEPT = "kept for the next event"
FIRST_KEPT = 0x10FF00
TORN = re.compile("[\U0010ff80-\U0010ffff]+")
# The set, the one that has its everyday characters, how those begin there (hanzi, and marks), and
# how many tell: the second byte of a character of Big5 may be a letter behind a broken one.
SETS = (
    ("gb18030", "gb2312", {*range(0xB0, 0xD8), 0xA1, 0xA3}, 1),
    ("big5hkscs", "big5", {*range(0xA4, 0xC7), 0xA1, 0xA2, 0xA3}, 3),
)
SURE = 0.8  # of the characters are everyday ones: the others may be of names
LITTLE = 0.5  # is enough where nothing more is waited for


def told(data: bytes, *, at_end: bool) -> str | None:
    """The set that a body is in; None where that has to be seen from what comes next.

    `at_end`: nothing more is waited for. What is not Chinese is UTF-8.
    """
    if not (first := ANY.search(data)):
        return UTF_8
    data = data[first.start() : first.start() + MOST_LOOKED_AT]
    if _is_plainly_utf_8(data[:GLANCE]):
        return UTF_8
    utf_8 = codecs.getincrementaldecoder(UTF_8)("replace")
    text = utf_8.decode(data)
    broken = text.count(BROKEN) - data.count(BROKEN.encode())
    wide = sum(character > TWO_BYTES_LONG for character in text) - broken
    if wide > broken:
        return UTF_8
    share, name = max((_everyday(data, *each), -n) for n, each in enumerate(SETS))
    if broken and share >= (LITTLE if at_end else SURE):
        return SETS[-name][0]
    waits = utf_8.getstate()[0] or (share >= 0 if broken else share == 1)
    return None if waits and not at_end else UTF_8


def _is_plainly_utf_8(data: bytes) -> bool:
    try:
        return max(codecs.getincrementaldecoder(UTF_8)().decode(data)) > TWO_BYTES_LONG
    except ValueError:  # it is broken, or too little
        return False


def _everyday(data: bytes, name: str, part: str, leads: set[int], least: int) -> float:
    """How many of the characters are everyday ones, if the data is in that set: 0 to 1, else -1.

    Of fewer than the `least` not all are.
    """
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(data)
    except UnicodeDecodeError:
        return -1.0
    characters = [character for character in text if not character.isascii()]
    known = [character.encode(part, "ignore")[:1] for character in characters]
    everyday = sum(lead != b"" and lead[0] in leads for lead in known)
    return everyday / max(len(characters), least)


def keep(error: UnicodeError) -> tuple[str, int]:
    """The bytes that are no UTF-8, as `put_together` takes them: an error handler of codecs."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(FIRST_KEPT + byte) for byte in bad), error.end


def put_together(text: str) -> str:
    """The text with the characters that were torn; what is none is a sign that says so."""
    return TORN.sub(lambda bad: _bytes_of(bad[0]).decode(UTF_8, "replace"), text)


def _bytes_of(kept: str) -> bytes:
    return bytes(ord(character) - FIRST_KEPT for character in kept)


codecs.register_error(KEPT, keep)
