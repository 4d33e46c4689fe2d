"""Why a text is no YAML, in plain words, with the line that has to be mended.

Nothing here repeats what stands in the file: it may be a secret.
"""

import re

import yaml
from yaml.reader import ReaderError

QUOTE_OPEN = "a quote that is opened and not closed"
INDENTATION = "other indentation than the lines above, expected the same"
NEEDS_QUOTES = "text that begins with a sign of YAML, expected it in quotes"

# What PyYAML says -> what it means, mostly.
MEANINGS = (
    ("unexpected end of stream", QUOTE_OPEN),
    ("unknown escape character", "\\ in double quotes has a meaning, expected single quotes"),
    ("could not find expected ':'", "a key without a colon"),
    ("expected ',' or ']'", "a list that is not closed, or lacks a comma"),
    ("expected ',' or '}'", "braces that are not closed, or lack a comma"),
    ("found '<scalar>'", 'more text after a closing quote; inside of quotes write \\"'),
    ("expected <block end>", INDENTATION),
    ("expected '<document start>'", INDENTATION),
    ("alphabetic or numeric", NEEDS_QUOTES),
    ("cannot start any token", NEEDS_QUOTES),
    ("undefined alias", NEEDS_QUOTES),
)
OPENED = re.compile(r"""[:\[-] *(?:"[^"]*|'[^']*)$""")

Place = tuple[int, str]  # a line, counted from 1, and what is wrong with it


def not_yaml(exc: yaml.YAMLError, text: str) -> Place:
    """What is wrong with a text that PyYAML refused, and where."""
    if isinstance(exc, ReaderError):
        return text.count("\n", 0, exc.position) + 1, "a character that is not allowed in it"
    said = getattr(exc, "problem", None) or ""
    line, lines = _line(exc, said), text.split("\n")
    if "mapping values" in said:
        return _colon_out_of_place(lines, line)
    if "<block end>" in said and (opened := _opened_above(lines, line)):
        return opened, QUOTE_OPEN
    for part, meaning in MEANINGS:
        if part in said:
            return line, meaning
    # A secret that begins with * or ! is taken for an alias or a tag, which PyYAML names.
    return line, re.sub(r"(alias|anchor|handle) .*", r"\1", said)


def _line(exc: yaml.YAMLError, said: str) -> int:
    """Where to look: where it begins, if only the end of it is amiss."""
    names = ["problem_mark", "context_mark"]
    context = getattr(exc, "context", None) or ""
    if re.search("quoted scalar|flow", context) or "expected ':'" in said:
        names.reverse()
    marks = [getattr(exc, name, None) for name in names]
    return next((mark.line + 1 for mark in marks if mark), 1)


def _opened_above(lines: list[str], line: int) -> int | None:
    """The last line above this one that opens a quote and does not close it."""
    above = range(1, line)
    return max((number for number in above if OPENED.search(lines[number - 1])), default=None)


def _colon_out_of_place(lines: list[str], line: int) -> Place:
    """There is a colon where no key can be; three slips do that."""
    above = next((number for number in range(line - 1, 0, -1) if lines[number - 1].strip()), line)
    if ":" not in lines[above - 1]:
        return above, "a key without a colon"
    if len(re.findall(r":(?:\s|$)", lines[line - 1])) > 1:
        return line, "a colon inside of a text, expected the text in quotes"
    return line, INDENTATION
