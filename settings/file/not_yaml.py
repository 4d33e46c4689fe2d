"""Why a text is no YAML, in plain words, with the line that has to be mended.

Nothing here repeats what stands in the file: it may be a secret.
"""

import re

import yaml
from yaml.reader import ReaderError

from settings.language import Sentence, said

QUOTE_OPEN = Sentence("a quote that is opened and not closed")
QUOTE_CLOSED = Sentence("a quote that is closed and not opened")
FULL_WIDTH_BRACKETS = Sentence("full-width brackets around values, expected [ ] or {{ }}")
INDENTATION = Sentence("other indentation than the lines above, expected the same")
NEEDS_QUOTES = Sentence("text that begins with a sign of YAML, expected it in quotes")
NO_COLON = Sentence("a key without a colon")

# What PyYAML says -> what it means, mostly.
MEANINGS = (
    ("unexpected end of stream", QUOTE_OPEN),
    (
        "unknown escape character",
        Sentence("\\ in double quotes has a meaning, expected single quotes"),
    ),
    ("could not find expected ':'", NO_COLON),
    ("expected ',' or ']'", Sentence("a list that is not closed, or lacks a comma")),
    ("expected ',' or '}'", Sentence("braces that are not closed, or lack a comma")),
    ("node content", Sentence("braces that are not closed, or lack a comma")),
    ("found '<scalar>'", Sentence('more text after a closing quote; inside of quotes write \\"')),
    ("expected <block end>", INDENTATION),
    ("expected '<document start>'", INDENTATION),
    ("alphabetic or numeric", NEEDS_QUOTES),
    ("cannot start any token", NEEDS_QUOTES),
    ("undefined alias", NEEDS_QUOTES),
    ("entries are not allowed", NEEDS_QUOTES),  # - ? ! > | in front of a text
    ("keys are not allowed", NEEDS_QUOTES),
    ("expected URI", NEEDS_QUOTES),
    ("comment or a line break", NEEDS_QUOTES),
    ("indentation indicators", NEEDS_QUOTES),
    ("another document", Sentence("a second document, expected --- above everything or nowhere")),
)
OPENED = re.compile(r"""[:\[-] *(?:"[^"]*|'[^']*)$""")
BRACKETED = re.compile(r"""[^"']*?: +[\[{][^"']*$""")  # a text as [smile] hello

Place = tuple[int, str]  # a line, counted from 1, and what is wrong with it


def not_yaml(exc: yaml.YAMLError, text: str) -> Place:
    """What is wrong with a text that PyYAML refused, and where."""
    if isinstance(exc, ReaderError):
        return text.count("\n", 0, exc.position) + 1, said("a character that is not allowed in it")
    problem = getattr(exc, "problem", None) or ""
    line, lines = _line(exc, problem), text.split("\n")
    if "mapping values" in problem:
        return _colon_out_of_place(lines, line)
    if "<block end>" in problem and (opened := _opened_above(lines, line)):
        return opened, str(QUOTE_OPEN)
    if "<scalar>" in problem and BRACKETED.match(lines[line - 1]):
        return line, str(NEEDS_QUOTES)
    for part, meaning in MEANINGS:
        if part in problem:
            return line, str(meaning)
    # A secret that begins with * or ! is taken for an alias or a tag, which PyYAML names.
    return line, re.sub(r"(alias|anchor|handle) .*", r"\1", problem)


def _line(exc: yaml.YAMLError, problem: str) -> int:
    """Where to look: where it begins, if only the end of it is amiss."""
    names = ["problem_mark", "context_mark"]
    context = getattr(exc, "context", None) or ""
    if re.search("quoted scalar|flow", context) or "expected ':'" in problem:
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
        return above, str(NO_COLON)
    if len(re.findall(r":(?:\s|$)", lines[line - 1])) > 1:
        return line, said("a colon inside of a text, expected the text in quotes")
    return line, str(INDENTATION)
