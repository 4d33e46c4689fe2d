"""A language model's answer made fit for a WeChat text message.

WeChat shows a text as it stands; only line breaks and `<a href>` mean anything (protocol sheet
3.3). So lines stay lines. Each is turned knowing what stood above it, and the head of a table
the line below, no more: that way the beginning of an answer reads the same while its end is still
being written. What stands within a line is read by `fsm.text.markup`.
"""

import re
import string
from collections.abc import Callable
from functools import partial
from itertools import zip_longest

import gevent

from fsm.text.markup import FORMULA, read_line
from fsm.text.thoughts import without_thoughts

Read = Callable[[str], str]

LINE_END = re.compile("\r\n?|[\u0085\u2028\u2029]")
ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
# Anything but blanks, marks of no width, and letters that only look like nothing.
VISIBLE = re.compile(
    r"[^\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]"
)
EMPTY_LINES = re.compile(r"\n{3,}")

QUOTE = re.compile(r"^\s*(?:>(?![\w=>.-]) ?)+", re.A)  # and not >= or >>> or >5
FENCE = re.compile(r"([\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?)(`{3,}|~{3,})[^`~]*")
RULE = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*")
HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)")
ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(.*)")
SEPARATOR = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
CELL_END = re.compile(r"(?<!\\)\|")
AT_ONCE = 1000  # characters that are turned before others have their turn
LONGEST_LINE = 3000  # characters that are read as one; a link has 2000 at most
LONG_LINE = re.compile(rf".{{1,{LONGEST_LINE}}}(?:(?<=[。！？；])|$)|.{{1,{LONGEST_LINE}}}")
LET_ON = 0.0001  # seconds; 0 would let on only what is ready, and no timer or socket
INDENT = "　"  # WeChat's font makes an ASCII space too narrow to be seen

# What the characters to come may still turn into something else.
MARKERS = re.compile(r"[-+*=_#|:~`$>\s]*|[-+*>\s]*\d{1,9}[.)]?\s*")
VISIBLE_ASCII = string.digits + string.ascii_letters + string.punctuation
BEGUN_ADDRESS = re.compile(r"(?<![A-Za-z])h(?:t(?:t(?:ps?(?::.*)?)?)?)?$")
BEGUN_MARK = re.compile(r"(?:&#?\w*|</?a?)$")


def to_plain(markdown: str, *, finished: bool = True) -> str:
    """Turn an answer in Markdown into text for WeChat; it holds no character that XML forbids.

    Where it is not `finished`, what its end may still become is left off, so that what is returned
    is as a rule a prefix of what the finished answer will give.
    """
    text = ILLEGAL.sub("", LINE_END.sub("\n", markdown))
    lines = without_thoughts(text, finished=finished).split("\n")
    page = _Page()
    if not finished:
        lines = _settled_lines(lines)
    read = 0  # characters since others had their turn
    for number, (line, below) in enumerate(zip_longest(lines, lines[1:], fillvalue=""), start=1):
        read += len(line) + 10
        if read > AT_ONCE:
            read = 0
            gevent.sleep(LET_ON)
        being_written = not finished and number == len(lines)
        page.add(line, below, partial(_read, finished=not being_written))
    shown = "\n".join(page.lines).replace("\u00a0", " ").split("\n")
    plain = EMPTY_LINES.sub("\n\n", "\n".join(map(str.rstrip, shown))).strip()
    return plain if VISIBLE.search(plain) else ""


def _read(line: str, *, finished: bool) -> str:
    """The text of what stands within a line; one that is very long is read in parts."""
    if len(line) <= LONGEST_LINE:
        return read_line(line, finished=finished)
    *parts, last = LONG_LINE.findall(line)
    shown = []
    for part in parts:
        shown.append(read_line(part))
        gevent.sleep(LET_ON)
    return "".join([*shown, read_line(last, finished=finished)])


def _settled_lines(lines: list[str]) -> list[str]:
    """The lines up to what may still become a mark, an address or a table."""
    *settled, last = lines
    visible = len(last.rstrip(VISIBLE_ASCII))
    begun = BEGUN_MARK.sub("", BEGUN_ADDRESS.sub("", last[visible:]))
    settled.append(last[:visible] + begun.rstrip(r"*_~`!\$#[<&"))
    while settled and MARKERS.fullmatch(settled[-1]):
        settled.pop()
    if settled and "|" in settled[-1]:
        settled.pop()
    return settled


class _Page:
    """The lines of an answer, turned one after the other."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._fence: re.Match[str] | None = None  # where the code block we are in began
        self._formula_end = ""  # what closes the formula we are in
        self._table = False
        self._lists: list[int] = []  # the indents of the lists that we are in

    def add(self, line: str, below: str, read: Read) -> None:
        """Take the next line, knowing the one below it."""
        if self._in_fence(line) or self._in_formula(line):
            return
        line = QUOTE.sub("", line).rstrip()
        if self._in_table(line, below):
            self._add_row(line, read)
        elif RULE.fullmatch(line):
            self.lines.append("")
        elif heading := HEADING.fullmatch(line):
            self._add_heading(heading[1], read)
        elif item := ITEM.fullmatch(line):
            self._add_item(item, read)
        else:
            self._add_prose(line, read)

    def _in_fence(self, line: str) -> bool:
        if self._fence is None:
            self._fence = FENCE.fullmatch(line)
            return self._fence is not None
        indent, mark = self._fence.groups()
        bare = line.strip("> \t")
        if len(bare) >= len(mark) and not bare.strip(mark[0]):
            self._fence = None
        else:
            self.lines.append(_harmless(_outdented(line, indent)))
        return True

    def _in_formula(self, line: str) -> bool:
        inner = line.strip()
        if not self._formula_end:
            end = FORMULA.get(inner[:2])
            if end is None or end in inner[2:]:
                return False
            self._formula_end, inner = end, inner[2:]
        elif not inner:
            self._formula_end = ""
            return False
        before, end, after = inner.partition(self._formula_end)
        if end:
            self._formula_end = ""
        if shown := (before + after).strip():
            self.lines.append(_harmless(shown))
        return True

    def _in_table(self, line: str, below: str) -> bool:
        if "|" not in line:
            self._table = False
        elif "|" in below and SEPARATOR.fullmatch(below.strip("> \t")):
            self._table = True
        return self._table

    def _add_row(self, line: str, read: Read) -> None:
        """One line a row, not one a cell: that repeats no heading, and 2000 bytes are few."""
        row = line.strip()
        if SEPARATOR.fullmatch(row):
            return
        cells = CELL_END.split(row.removeprefix("|"))
        if not cells[-1].strip():
            cells.pop()
        shown = (read(cell.strip().replace(r"\|", "|")).replace("\n", " ") for cell in cells)
        self.lines.append(" | ".join(shown))

    def _add_heading(self, text: str, read: Read) -> None:
        self._lists.clear()
        before, _, closing = text.rpartition(" ")
        self.lines.append(read(text if closing.strip("#") else before))

    def _add_item(self, item: re.Match[str], read: Read) -> None:
        indent = len(item[1].expandtabs(4))
        while self._lists and indent < self._lists[-1] + 2:
            self._lists.pop()
        mark = item[2] if item[2][0].isdigit() else "•"
        self.lines.append(f"{INDENT * len(self._lists)}{mark} {read(item[3])}")
        self._lists.append(indent)

    def _add_prose(self, line: str, read: Read) -> None:
        after_empty = not self.lines or not self.lines[-1]
        if line and after_empty and line[0] not in " \t":
            self._lists.clear()
        self.lines.append(read(line.strip(" \t") if self._lists else line))


def _outdented(line: str, indent: str) -> str:
    if ">" in indent:
        return QUOTE.sub("", line)
    return line[min(len(indent), len(line) - len(line.lstrip())) :]


def _harmless(code: str) -> str:
    """Code in which WeChat finds no link: it would hide the tag, and could be made to follow it."""
    return re.sub(r"<(?=a\b)", "＜", code, flags=re.I)
