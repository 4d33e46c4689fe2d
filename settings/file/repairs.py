"""What keeps a settings file from being the YAML that was meant, found by mending it.

A mend that lets the file be read further shows what was mistyped, whatever the keys are called.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from settings.file.not_yaml import FULL_WIDTH_BRACKETS
from settings.file.text import Problem
from settings.language import Sentence

FULL_WIDTH_COLON = Sentence("a full-width colon ：, expected : and a space")
NO_SPACE = Sentence("no space after the colon, expected one")
EQUALS = Sentence("= after a key, expected : and a space")
OTHER_SIGN = Sentence("a sign between key and value, expected : and a space")
FULL_WIDTH_COMMA = Sentence("a full-width comma between values, expected ,")

OWN = r"[^\s\"'#\[\]{},:：=-][^\"'#\[\]{},:：=]*?"  # a name of the operator's own
SIGN = "(?:->|:=|=>|→|＝)"  # in place of a colon
MOST = 100  # mends of one file
QUOTED = r"""^( *(?:- +)?(?:OWN *: +)?(?:"[^"]*"|'[^']*'))"""  # all of a line up to its end
GLUED, GLUED_TO_QUOTES = r"[:：](?=.)", r"[:：](?=[\"'])"
BARE = r"^( *(?:- +)?OWN)"


@dataclass(frozen=True)
class Slip:
    """How a line looks that has it, for `re.sub` how it was meant, and what to tell.

    `OWN` stands for a name of the operator's own, `KEY` for a key at the beginning of the line.
    """

    looks: str
    meant: str
    what: Sentence

    def of(self, line: str) -> str:
        """The line as it was meant."""
        return re.sub(self.looks.replace("OWN", OWN), self.meant, line)


SLIPS = (
    Slip(rf"{BARE} *{SIGN}\s*", r"\1: ", OTHER_SIGN),
    Slip(rf"{BARE} *：\s*", r"\1: ", FULL_WIDTH_COLON),
    Slip(rf"{BARE}:(?=[^\s/])", r"\1: ", NO_SPACE),
    Slip(rf"{BARE} *=\s*", r"\1: ", EQUALS),
    Slip(r"^( *(?:- +)?(?:OWN: *)?)｛(.*)｝\s*$", r"\1{\2}", FULL_WIDTH_BRACKETS),
    Slip(r"([{,] *OWN) *：\s*", r"\1: ", FULL_WIDTH_COLON),
    Slip(r"([{,] *OWN):(?=\S)", r"\1: ", NO_SPACE),
    Slip(r"([\"']) *：\s*(?=\S)", r"\1: ", FULL_WIDTH_COLON),
    Slip(r": *\t\s*(?=\S)", ": ", Sentence("a tab after the colon, expected a space")),
    Slip(r"\s*\t\s*$", "", Sentence("a tab at the end, expected nothing there")),
    Slip(r",\s*$", "", Sentence("a comma at the end, expected nothing there")),
    Slip(
        rf"{QUOTED}\s*[，、。．；;！!]+\s*$",
        r"\1",
        Sentence("a mark behind the closing quote, expected nothing there"),
    ),
    Slip(r"\s*[，、]\s*", ", ", FULL_WIDTH_COMMA),
    Slip(r"(^|[\"'\]}]|: ) *(?://|[;；＃]).*$", r"\1", Sentence("a comment begins with #")),
    Slip(
        rf"{QUOTED}\s*[^\s\"'#:：,，、][^\"']*$",
        r"\1",
        Sentence(
            "text behind the closing quote: a comment begins with #, anything else stands inside"
        ),
    ),
)


def repaired(text: str, own: Collection[str], found: list[Problem]) -> str:
    """The text as it was meant, as far as that can be told; each slip is added to `found`.

    Under the keys `own` stand names of the operator's own. Lines stay lines.
    """
    for _ in range(MOST):
        again = _step(text, own, found)
        if again is None:
            break
        text = again
    return text


def glued(root: Node) -> Iterator[tuple[ScalarNode, Sentence]]:
    """What was meant as `key: value` in braces, and is a key without a value."""
    for name, value in _pairs(root):
        if not isinstance(name, ScalarNode) or name.style is not None:
            continue
        nothing = isinstance(value, ScalarNode) and value.start_mark.index == value.end_mark.index
        if sign := re.search(GLUED if nothing else GLUED_TO_QUOTES, name.value):
            yield name, NO_SPACE if sign[0] == ":" else FULL_WIDTH_COLON


def _step(text: str, own: Collection[str], found: list[Problem]) -> str | None:
    """The text with one slip less; None where none is found."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        return _let_read_further(text, error, found)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return None
    if root is None:
        return None
    for name, what in glued(root):
        start, end = name.start_mark.index, name.end_mark.index
        found.append(Problem(name.start_mark.line + 1, "", str(what)))
        return text[:start] + re.sub(r"[:：]", ": ", text[start:end], count=1) + text[end:]
    return _keys_told_apart(text, root, own, found)


def _let_read_further(text: str, error: yaml.MarkedYAMLError, found: list[Problem]) -> str | None:
    lines, unread = text.split("\n"), _unread(text)
    for number in _near(error, lines):
        for slip in SLIPS:
            meant = slip.of(lines[number])
            if meant == lines[number]:
                continue
            candidate = "\n".join([*lines[:number], meant, *lines[number + 1 :]])
            if _unread(candidate) < unread:
                found.append(Problem(number + 1, "", str(slip.what)))
                return candidate
    return None


def _near(error: yaml.MarkedYAMLError, lines: list[str]) -> list[int]:
    """The lines, from 0, in which it may be amiss: where it was found, where that began, above."""
    marks = [mark.line for mark in (error.problem_mark, error.context_mark) if mark]
    above = [
        next((number for number in range(line - 1, -1, -1) if lines[number].strip()), line)
        for line in marks[:1]
    ]
    return [number for number in dict.fromkeys(marks + above) if number < len(lines)]


def _unread(text: str) -> int:
    """How much of the text cannot be read as YAML, in characters and one; 0: all can."""
    try:
        yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        return len(text) - (error.problem_mark.index if error.problem_mark else 0) + 1
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return len(text) + 1
    return 0


def _keys_told_apart(
    text: str, root: Node, own: Collection[str], found: list[Problem]
) -> str | None:
    """Where keys have to stand and a text does, its lines made keys."""
    for name, value in _pairs(root):
        if not (isinstance(name, ScalarNode) and name.value in own):
            continue
        if not (isinstance(value, ScalarNode) and value.style is None):
            continue
        lines = text.split("\n")
        for number in range(value.start_mark.line, value.end_mark.line + 1):
            for slip in SLIPS[:4]:
                meant = slip.of(lines[number])
                if meant != lines[number] and number > name.start_mark.line:
                    found.append(Problem(number + 1, "", str(slip.what)))
                    lines[number] = meant
        meant_text = "\n".join(lines)
        if meant_text != text:
            return meant_text
    return None


def nodes(root: Node) -> Iterator[Node]:
    """A node and all values inside it, deeper ones too, each once."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, MappingNode):
            waiting += [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            waiting += node.value


def _pairs(root: Node) -> Iterator[tuple[Node, Node]]:
    """Every key and its value."""
    for node in nodes(root):
        if isinstance(node, MappingNode):
            yield from node.value
