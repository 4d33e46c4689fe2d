r"""What stands within a line of Markdown, read by markdown-it.

Added to it is what models write: bold that touches Chinese punctuation, `\(…\)` and `$$…$$`, bare
addresses.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from integrations.wechat.protocol import REPLY_BYTES

FORMULA = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}  # what opens one -> what closes it

MARKUP = re.compile(r"[*_~`\[\\<&$]")
ADDRESS = re.compile(r"://[^\s<>\"`\[\]*\u0080-\U0010ffff]*[A-Za-z0-9/=&#%+@-]")
ANCHOR = re.compile(
    r"<a\s(?:[^<>]*\s)?href\s*=\s*([\"']?)(https?://[^\s\"'<>]+)\1[^<>]*>([^<>]+)</a\s*>", re.I
)
NOT_OUR_ANCHOR = re.compile(
    r"(<a href=\"https?://[^\s\"'<>]+\">[^<>]+</a>)|<(?=a(?:[\s/>]|$))", re.I
)
LONGEST_LINK = REPLY_BYTES // 2  # bytes; a longer one may find no room: its words are left of it
TIGHT = re.compile(r"[A-Za-z0-9)\]]\*+[A-Za-z0-9(\[]")  # 2*3, x**2
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
TAGS = frozenset(
    "a abbr b big blockquote center cite code dd del details dfn div dl dt em figcaption figure"
    " font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section"
    " small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var".split()
)  # <T> and <your_name> are not among them: they are meant to be read

# What the characters to come may still turn into something else.
UNSETTLED = re.compile(
    r"`|\$\$|!?\[(?![^\[\]]*\][^(])|<(?:!-|[/!?]?[A-Za-z][\w+.-]*(?:[\s:/@=][^<>]*)?$)"
)


class _InlineState(StateInline):
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
    link = f'<a href="{match[2]}">{match[3]}</a>'
    fits = len(link.encode()) <= LONGEST_LINK
    return _verbatim(state, silent, link if fits else match[3], match.end())


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


def read_line(line: str, *, finished: bool = True) -> str:
    """The text of what stands within a line."""
    if not MARKUP.search(line):
        return line
    state = _InlineState(line, PARSER, {}, [])
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
    hidden = name in TAGS or token.content.startswith("<!--")
    return "" if hidden else token.content


def _tag_name(token: Token) -> str:
    """Of an HTML tag, in lower case; "" for a comment, CDATA and the like."""
    match = TAG.match(token.content)
    return match[1].lower() if match else ""


# Every other token shows its content; that of a mark is empty.
SHOWN: dict[str, Callable[[Token], str]] = {"html_inline": _tag, "image": _image}
