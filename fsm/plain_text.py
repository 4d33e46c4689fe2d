r"""A language model's answer made fit for a WeChat text message.

WeChat shows a text as it stands; only line breaks and `<a href>` mean anything (protocol sheet
3.3). So lines stay lines. Each is turned knowing what stood above it, and the head of a table
the line below, no more: that way the beginning of an answer reads the same while its end is still
being written. What stands within a line is read by markdown-it, with additions for what models
write: bold that touches Chinese punctuation, `\(…\)` and `$$…$$`, bare addresses.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import zip_longest
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

Read = Callable[[str], str]

LINE_END = re.compile("\r\n?|[\u0085\u2028\u2029]")
ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
EMPTY_LINES = re.compile(r"\n{3,}")

# A tag in quotes is one that is spoken of; so is one in a code block.
THOUGHT_MARK = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})|(?<![`'\"“「])<(?P<end>/?)think(?:ing)?>(?![`'\"”」])",
    re.I | re.M,
)

QUOTE = re.compile(r"^\s*(?:>(?![\w=>.-]) ?)+", re.A)  # and not >= or >>> or >5
FENCE = re.compile(r"([\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?)(`{3,}|~{3,})[^`~]*")
RULE = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*")
HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)")
ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(.*)")
SEPARATOR = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
CELL_END = re.compile(r"(?<!\\)\|")
INDENT = "　"  # WeChat's font makes an ASCII space too narrow to be seen
FORMULA = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}  # what opens one -> what closes it

MARKUP = re.compile(r"[*_~`\[\\<&$]")
ADDRESS = re.compile(r"://[^\s<>\"`\[\]*\u0080-\U0010ffff]*[A-Za-z0-9/=&#%+@-]")
ANCHOR = re.compile(
    r"<a\s(?:[^<>]*\s)?href\s*=\s*([\"']?)(https?://[^\s\"'<>]+)\1[^<>]*>([^<>]+)</a\s*>", re.I
)
NOT_OUR_ANCHOR = re.compile(
    r"(<a href=\"https?://[^\s\"'<>]+\">[^<>]+</a>)|<(?=a(?:[\s/>]|$))", re.I
)
TIGHT = re.compile(r"[A-Za-z0-9)\]]\*+[A-Za-z0-9(\[]")  # 2*3, x**2
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
TAGS = frozenset(
    "a abbr b big blockquote center cite code dd del details dfn div dl dt em figcaption figure"
    " font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section"
    " small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var".split()
)  # <T> and <your_name> are not among them: they are meant to be read

# What the characters to come may still turn into something else.
MARKERS = re.compile(r"[-+*=_#|:~`$>\s]*|[-+*>\s]*\d{1,9}[.)]?\s*")
VISIBLE_ASCII = string.digits + string.ascii_letters + string.punctuation
BEGUN_ADDRESS = re.compile(r"(?<![A-Za-z])h(?:t(?:t(?:ps?(?::.*)?)?)?)?$")
BEGUN_MARK = re.compile(r"(?:&#?\w*|</?a?)$")
UNSETTLED = re.compile(
    r"`|\$\$|!?\[(?![^\[\]]*\][^(])|<(?:!-|[/!?]?[A-Za-z][\w+.-]*(?:[\s:/@=][^<>]*)?$)"
)


def to_plain(markdown: str, *, finished: bool = True) -> str:
    """Turn an answer in Markdown into text for WeChat; it holds no character that XML forbids.

    Where it is not `finished`, what its end may still become is left off, so that what is returned
    is as a rule a prefix of what the finished answer will give.
    """
    text = ILLEGAL.sub("", LINE_END.sub("\n", markdown))
    lines = _without_thoughts(text).split("\n")
    page = _Page()
    if not finished:
        lines = _settled_lines(lines)
    for number, (line, below) in enumerate(zip_longest(lines, lines[1:], fillvalue=""), start=1):
        being_written = not finished and number == len(lines)
        page.add(line, below, partial(_read, finished=not being_written))
    shown = "\n".join(page.lines).replace("\u00a0", " ").split("\n")
    return EMPTY_LINES.sub("\n\n", "\n".join(map(str.rstrip, shown))).strip()


def _without_thoughts(text: str) -> str:
    """The text without what a model thought aloud in tags, to the end where that is still open."""
    kept: list[str] = []
    read_to, begun, in_code = 0, -1, False
    for mark in THOUGHT_MARK.finditer(text):
        if mark["fence"]:
            in_code ^= begun < 0
        elif in_code or (begun < 0 and mark["end"] and read_to):
            continue
        elif mark["end"]:  # some servers send the end of the first thought only
            kept.append(text[read_to:begun] if begun >= 0 else "")
            read_to, begun = mark.end(), -1
        elif begun < 0:
            begun = mark.start()
    if begun >= 0 and not text[:begun].rpartition("\n")[2].strip():
        return "".join([*kept, text[read_to:begun]])
    return "".join([*kept, text[read_to:]])


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


class _Line(StateInline):
    """A line in which bold may touch Chinese: CommonMark sees none in `**重点：**如下`."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        opens, closes, length = super().scanDelims(start, canSplitWord)
        before, after = self.src[start - 1 : start] or " ", self.src[start + length :][:1] or " "
        if canSplitWord:
            wide = _is_wide(before) or _is_wide(after)
            opens = opens or (wide and not after.isspace())
            closes = closes or (wide and not before.isspace())
        if TIGHT.match(self.src, max(start - 1, 0)):
            opens, closes = opens and length > 1, False
        return Scanned(opens, closes, length)


def _is_wide(character: str) -> bool:
    return character >= "\u2e80"  # Chinese, Japanese, Korean, their punctuation, emoji


def _formula(state: StateInline, silent: bool) -> bool:
    end = FORMULA.get(state.src[state.pos : state.pos + 2])
    at = state.src.find(end, state.pos + 2, state.posMax) if end else -1
    if at < 0:
        return False
    return _verbatim(state, silent, state.src[state.pos + 2 : at].strip(), at + 2)


def _address(state: StateInline, silent: bool) -> bool:
    match = ADDRESS.match(state.src, state.pos, state.posMax)
    if not match or not state.src.endswith(("http", "https"), 0, state.pos):
        return False
    return _verbatim(state, silent, match[0], match.end())


def _anchor(state: StateInline, silent: bool) -> bool:
    match = ANCHOR.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    return _verbatim(state, silent, f'<a href="{match[2]}">{match[3]}</a>', match.end())


def _verbatim(state: StateInline, silent: bool, content: str, end: int) -> bool:
    if not silent:
        state.push("verbatim", "", 0).content = content
    state.pos = end
    return True


def _mark_open(state: StateInline) -> None:
    """Tell the marks that wait for their other half from those that are plain characters."""
    for delimiter in state.delimiters:
        if delimiter.open and delimiter.end < 0:
            state.tokens[delimiter.token].info = "open"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("strikethrough")
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("escape", "address", _address)
    parser.inline.ruler.before("autolink", "anchor", _anchor)
    parser.inline.ruler2.at("fragments_join", _mark_open)
    return parser


PARSER = _parser()


def _read(line: str, *, finished: bool = True) -> str:
    """The text of what stands within a line."""
    if not MARKUP.search(line):
        return line
    state = _Line(line, PARSER, {}, [])
    PARSER.inline.tokenize(state)
    for rule in PARSER.inline.ruler2.getRules(""):
        rule(state)
    shown = _shown(state.tokens if finished else _settled_tokens(state.tokens))
    return NOT_OUR_ANCHOR.sub(lambda match: match[1] or "＜", shown)


def _settled_tokens(tokens: list[Token]) -> Iterator[Token]:
    """The tokens of a line that is still being written, up to what waits for its other half."""
    for token in tokens:
        opens_formula = token.type == "text_special" and token.markup in FORMULA
        opens_anchor = token.type == "html_inline" and _tag_name(token) == "a"
        if opens_formula or opens_anchor or token.info == "open":
            return
        if token.type == "text" and (unsettled := UNSETTLED.search(token.content)):
            token.content = token.content[: unsettled.start()]
            yield token
            return
        yield token


def _shown(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    href, label_at, after_link = "", 0, False
    for token in tokens:
        if token.type == "link_open":
            href, label_at = str(token.attrGet("href")), len(parts)
            continue
        if token.type == "link_close":
            piece = _linked("".join(parts[label_at:]), href)
            del parts[label_at:]
        else:
            show = SHOWN.get(token.type)
            piece = show(token) if show else token.content
        if after_link and piece[:1].isalnum():
            parts.append(" ")  # or it would be taken for a part of the address
        parts.append(piece)
        ends_link = token.type in ("link_close", "image") and "://" in piece
        after_link = ends_link or (after_link and not piece)
    return "".join(parts)


def _linked(label: str, href: str) -> str:
    if not href.startswith(("http://", "https://")):
        return label
    return href if _bare(label) in ("", _bare(href)) else f"{label} {href}"


def _bare(address: str) -> str:
    return re.sub(r"^https?://", "", unquote(address).strip()).rstrip("/")


def _image(token: Token) -> str:
    return _linked(_shown(token.children or []), str(token.attrGet("src")))


def _tag(token: Token) -> str:
    name = _tag_name(token)
    if name == "br":
        return "\n"
    return "" if not name or name in TAGS else token.content


def _tag_name(token: Token) -> str:
    """Of an HTML tag, in lower case; "" for a comment and the like."""
    match = TAG.match(token.content)
    return match[1].lower() if match else ""


# Every other token shows its content; that of a mark is empty.
SHOWN: dict[str, Callable[[Token], str]] = {"html_inline": _tag, "image": _image}
