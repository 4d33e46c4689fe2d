"""A model's answer made fit for a WeChat text, which shows all but links as it is written (3.3).

Markdown is read by a real parser and written down again as a person would type it.
"""

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

THOUGHTS = re.compile(r"<(think|thinking)>.*?(?:</\1>|\Z)|\A.*?</think(?:ing)?>", re.S | re.I)
ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FORMULA = re.compile(r"\\[()\[\]]|\$\$")
CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.S)
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>")
REAL_LINK = re.compile(r"""<a\s+href=(["'])https?://[^"'<>\s]+\1\s*>""", re.I)
OPEN_TAG = re.compile(r"<[a-z/][^<>]*\Z|<a\s(?!.*</a>)", re.I)  # half a tag, half a link
HTML = frozenset(
    "a b big blockquote br center code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img"
    " ins kbd li mark ol p pre s small span strike strong sub summary sup table tbody td tfoot th"
    " thead tr u ul".split()
)
BREAKS = frozenset("blockquote br div dt h1 h2 h3 h4 h5 h6 hr li p table tr".split())

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def to_plain(markdown: str, *, finished: bool = True) -> str:
    """Plain text for `markdown`; a link `<a href="https://...">` in it stays one.

    With `finished=False` it is the beginning of an answer: what is only half there is left off, so
    that what is given stays true once more of it has come.
    """
    text = ILLEGAL.sub("", THOUGHTS.sub("", markdown.replace("\r\n", "\n")))
    if not finished:
        text = _whole_part(text)
    text = _outside_code(text, lambda prose: FORMULA.sub("", prose))
    plain = "".join(_blocks(PARSER.parse(text)))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", plain)).strip()


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts = CODE.split(text)
    return "".join(part if index % 2 else change(part) for index, part in enumerate(parts))


def _blocks(tokens: list[Token]) -> Iterator[str]:
    """What block tokens read like: an empty line between blocks, none between a list's items."""
    numbers: list[int | None] = []  # the next one of each list around; None where it has dots
    cells = 0
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                ordered = token.type.startswith("ordered")
                numbers.append(int(token.attrGet("start") or 1) if ordered else None)
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
                yield "" if numbers else "\n"
            case "list_item_open":
                yield "　" * (len(numbers) - 1) + _mark(numbers)
            case "tr_open":
                cells = 0
            case "th_open" | "td_open":
                yield " | " if cells else ""
                cells += 1
            case "inline":
                yield _inline(token.children or [])
            case "paragraph_close":
                yield "\n" if numbers else "\n\n"
            case "tr_close":
                yield "\n"
            case "heading_close" | "table_close":
                yield "\n\n"
            case "fence" | "code_block":
                yield token.content.rstrip("\n") + "\n\n"
            case "html_block":
                yield _tags_read(token.content) + "\n"


def _mark(numbers: list[int | None]) -> str:
    number = numbers[-1]
    if number is None:
        return "• "
    numbers[-1] = number + 1
    return f"{number}. "


def _inline(tokens: list[Token]) -> str:
    """What inline tokens read like; a link is its label and its address."""
    out: list[str] = []
    links: list[int] = []  # where in `out` the label of each open link begins
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                out.append(token.content)
            case "softbreak" | "hardbreak":
                out.append("\n")
            case "image":
                out.append(_with_address(token.content, str(token.attrGet("src") or "")))
            case "link_open":
                links.append(len(out))
                out.append(str(token.attrGet("href") or ""))
            case "link_close":
                begin = links.pop()
                label = "".join(out[begin + 1 :])
                out[begin:] = [_with_address(label, out[begin])]
            case "html_inline":
                out.append(token.content)
    return _tags_read("".join(out))


def _with_address(label: str, address: str) -> str:
    if not address.startswith(("http://", "https://")) or label == address:
        return label
    return f"{label} {address}".strip()


def _tags_read(text: str) -> str:
    """Tags of HTML gone, but a real link kept whole; anything else in angle brackets is text."""
    kept = 0

    def read(tag: re.Match[str]) -> str:
        nonlocal kept
        name = tag[1].lower()
        if name not in HTML:
            return tag[0]
        if REAL_LINK.fullmatch(tag[0]) and "</a>" in text[tag.end() :].lower():
            kept += 1
            return tag[0]
        if tag[0].lower() == "</a>" and kept:
            kept -= 1
            return "</a>"
        return "\n" if name in BREAKS else ""

    return TAG.sub(read, text)


def _whole_part(text: str) -> str:
    """The beginning of an unfinished text that more text will not change."""
    if text.count("```") % 2:  # within a block of code: its whole lines
        return text[: text.rfind("\n") + 1]
    *lines, last = text.split("\n")
    while last.lstrip().startswith("|") or (not last and lines and lines[-1].startswith("|")):
        last = lines.pop() if lines else ""  # a table is a table from its second line on
    return "\n".join([*lines, _closed_part(last)])


def _closed_part(line: str) -> str:
    """A line up to the first mark that has not been closed yet."""
    if re.fullmatch(r"\s*([-*+#>=_`]*|\d+[.)]?)\s*", line):
        return ""
    ends = [len(line)]
    for mark in ("**", "__", "~~", "`"):
        if line.count(mark) % 2:
            ends.append(line.rfind(mark))
    if tag := OPEN_TAG.search(line):
        ends.append(tag.start())
    if (opened := line.rfind("[")) >= 0 and not re.search(r"\][^(]|\]\([^)]*\)", line[opened:]):
        ends.append(opened)
    if line.replace("**", "").count("*") % 2:
        ends.append(line.rfind("*"))
    return line[: min(ends)]
