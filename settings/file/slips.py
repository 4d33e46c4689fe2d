"""What is often mistyped in a settings file, found on its line and told in plain words.

YAML takes many slips for something else, and complains of a later line.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator

from yaml.nodes import ScalarNode

from settings.file.entries import LOOKING_ALIKE, TAG, EntriesByPath
from settings.file.not_yaml import FULL_WIDTH_BRACKETS, NEEDS_QUOTES, NO_COLON
from settings.file.repairs import (
    EQUALS,
    FULL_WIDTH_COLON,
    FULL_WIDTH_COMMA,
    NO_SPACE,
    OTHER_SIGN,
    SIGN,
    Slip,
    nodes,
    repaired,
)
from settings.file.text import Problem
from settings.language import Sentence, said

IN_CURLY = re.compile("[“”][^“”]*[“”]|[‘’][^‘’]*[‘’]")
BEHIND = re.compile(r"[ \t]+#([^\s#!])")
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
IN_FRONT = re.compile(rf" *([\t\u3000\xa0{UNSEEN}])[\t\u3000\xa0{UNSEEN} ]*")
STRAIGHTENED = (
    LOOKING_ALIKE
    | str.maketrans(dict.fromkeys("“”„‟＂「」『』", '"') | dict.fromkeys("‘’＇", "'"))
    | str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
)


SLIPS = (
    Slip(
        r"^\+ *(?=NAME[ \t]*:)",
        "  ",
        Sentence("a + in front, as differences are shown, expected ordinary spaces"),
    ),
    Slip(rf"(KEY)[ \t]*{SIGN}[ \t]*(?=\S)", r"\1: ", OTHER_SIGN),
    Slip(r"(KEY)[ \t]+(?=[\"'“])", r"\1: ", NO_COLON),
    Slip(r"(KEY): *(\{[ \t]*tap[ \t]*[:：][^']*)$", r"\1: '\2'", NEEDS_QUOTES),
    Slip(r"(KEY): *[【［]([\"'].*[\"'])[】］]\s*$", r"\1: [\2]", FULL_WIDTH_BRACKETS),
    Slip(r"(KEY)[ \t]*：\s*", r"\1: ", FULL_WIDTH_COLON),
    Slip(r"(KEY):(?=[^ \t\r\n])\s*", r"\1: ", NO_SPACE),
    Slip(r"(KEY)[ \t]*=[ \t]*(?=\S)", r"\1: ", EQUALS),
    Slip(
        r"^\[(NAME)\][ \t]*$",
        r"\1:",
        Sentence("a name in brackets as .ini files have it, expected it with a colon after it"),
    ),
    Slip(
        r"^( *)[—–－•·●▪、] *(?=[\"'“‘$\[{｛]|sk-|NAME[ \t]*[:：])",
        r"\1- ",
        Sentence("a bullet or dash of a text, expected - and a space"),
    ),
    Slip(
        r"^( *)-(?=[\"'“‘$\[{]|sk-|NAME[ \t]*:)",
        r"\1- ",
        Sentence("no space after the dash, expected one"),
    ),
    Slip(
        r"(KEY: *\"[^\"]*)[”“]\s*$",
        r'\1"',
        Sentence("a curly quote ” at the end, expected a straight one"),
    ),
    Slip(r"(KEY: *\[.*[\"'])\s*[，、]", r"\1,", FULL_WIDTH_COMMA),
)


def mended(
    text: str, names: Collection[str], of_own: Collection[str], problems: list[Problem]
) -> str:
    """The text as it was meant, line for line; each slip is added to the problems.

    `names` are those of all keys and sections; under those `of_own` stand the operator's own.
    """
    name = f"(?:{'|'.join(sorted(names, key=len, reverse=True))})"
    key = rf"^ *(?:- )?{name}"
    indent = next(iter(re.findall(r"^( +)\S", text, re.MULTILINE)), "  ")
    lines = text.split("\n")
    for number in sorted(set(range(1, len(lines) + 1)) - _of_texts(lines)):
        line = _indented(lines[number - 1], indent, number, problems)
        for slip in SLIPS:
            meant = _until_it_stays(
                slip.looks.replace("KEY", key).replace("NAME", name), slip.meant, line
            )
            if meant != line:
                problems.append(Problem(number, "", str(slip.what)))
            line = meant
        lines[number - 1] = line
    return repaired("\n".join(lines), of_own, problems)


def doubted(by_path: EntriesByPath, text: str) -> Iterator[tuple[str, str]]:
    """The keys whose text, without quotes, is probably not all that was meant, and why.

    It ends where a # begins that may belong to it, or has the quotes that were to stand around it.
    What has a blank after the # is a comment, and so is Chinese behind what has none in it.
    """
    for key, entry in by_path.items():
        if any(other.startswith(f"{key}.") for other in by_path):
            continue
        for node in nodes(entry.node):
            if not isinstance(node, ScalarNode) or node.style or node.tag != f"{TAG}str":
                continue
            if IN_CURLY.fullmatch(node.value):
                what = said(
                    "line {line} has curly quotes around its text, and they are part of it:"
                    " straight ones are not",
                    line=node.end_mark.line + 1,
                )
                yield key, what
            behind = BEHIND.match(text, node.end_mark.index)
            if behind and (behind[1].isascii() or not node.value.isascii()):
                what = said(
                    "line {line} ends at its #: in quotes if that belongs to the text, else with a"
                    " blank after the #",
                    line=node.end_mark.line + 1,
                )
                yield key, what


def _of_texts(lines: list[str]) -> set[int]:
    """The lines that are a text of several lines, after `key: |`: anything may stand there."""
    found: set[int] = set()
    inside: int | None = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        if inside is not None and (indent > inside or not line.strip()):
            found.add(number)
        else:
            inside = indent if re.search(r":\s+[|>][-+\d]*\s*(#.*)?$", line) else None
    return found


def _indented(line: str, indent: str, number: int, problems: list[Problem]) -> str:
    """The line with spaces in front, where there is something that looks like them."""
    front = IN_FRONT.match(line)
    if not front or not line.strip():
        return line
    what = (
        said("a tab in front, expected ordinary spaces")
        if front[1] == "\t"
        else said("a character in front that cannot be seen, expected ordinary spaces")
        if front[1] in UNSEEN
        else said("a full-width space in front, expected ordinary spaces")
    )
    problems.append(Problem(number, "", what))
    if front[1] in UNSEEN:
        return re.sub(f"[{UNSEEN}]", "", front[0]) + line[front.end() :]
    if " " in front[0]:  # beside real ones each stands for what it looks like
        meant = "".join(" " if char in " \xa0" else indent for char in front[0])
    else:
        meant = indent * max(1, front[0].count("\t"))
    return meant + line[front.end() :]


def _until_it_stays(looks: str, meant: str, line: str) -> str:
    while (again := re.sub(looks, meant, line, flags=re.IGNORECASE)) != line:
        line = again
    return line


def full_width(text: str) -> bool:
    """Whether it would be plain ASCII, had it not been typed as Chinese is, or pasted."""
    meant = unicodedata.normalize("NFKC", text.translate(STRAIGHTENED))
    return meant != text and meant.isascii()
