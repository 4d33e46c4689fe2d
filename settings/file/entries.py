"""A settings file as it is written: YAML nodes by dotted path, each with its line.

Nodes and not values, because only a node knows its line, and whether "120" stood in quotes.
Nothing here repeats a value of the file: it may be a secret.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from settings.file.not_yaml import not_yaml
from settings.file.text import Problem
from settings.language import Sentence, said

TAG = "tag:yaml.org,2002:"
NOTHING = f"{TAG}null"
FOUND = {
    NOTHING: Sentence("nothing"),
    f"{TAG}bool": Sentence("true or false"),
    f"{TAG}int": Sentence("a number"),
    f"{TAG}float": Sentence("a number"),
    f"{TAG}timestamp": Sentence("a date"),
}
# Anything else in the place of a key may be a value that slipped there, so it is not repeated.
KEY = re.compile(r"[A-Za-z_]{1,30}")
DOTTED = re.compile(rf"({KEY.pattern})\.({KEY.pattern})")
# Cyrillic and Greek letters, and what cannot be seen.
LOOKING_ALIKE = str.maketrans(
    "аеорсухіјѕкмтοανικρτυ", "aeopcyxijskmtoavikptu", "\u200b\u200c\u200d\u2060\ufeff\xad"
)


@dataclass(frozen=True)
class Entry:
    """One value in the file. `key` is its dotted path, `line` counts from 1."""

    key: str
    line: int
    node: Node

    def has(self, name: int | str) -> bool:
        """Whether it has a key of that name."""
        return any(own.value == name for own, _ in self.node.value)

    def item(self, part: int | str, *, shown: bool = False) -> "Entry":
        """A value inside, on its own line: by its number in a list, from 0, or by its name.

        A name is `shown` where it can be no value that slipped there.
        """
        if isinstance(part, int):
            if not isinstance(self.node, SequenceNode):
                return self  # the one value that stands there without a list
            node = self.node.value[part]
            return Entry(f"{self.key}[{part}]", line_of(node), node)
        name, node = next(pair for pair in self.node.value if pair[0].value == part)
        key = f"{self.key}.{part}" if shown and KEY.fullmatch(part) else self.key
        return Entry(key, line_of(name), node)


EntriesByPath = Mapping[str, Entry]  # each key of a file, sections too, by its dotted path


def node_of(text: str, problems: list[Problem]) -> Node | None:
    """The YAML document `text`, or None: it is empty, or a problem is added."""
    try:
        root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        line, what = not_yaml(exc, text)
        problems.append(Problem(line, "", said("not YAML: {what}", what=what)))
        return None
    except (RecursionError, ValueError, OverflowError):  # thousands of brackets, "\UFFFFFFFF"
        nested = re.search(r"[\[{]{20}", text)
        line = text.count("\n", 0, nested.start()) + 1 if nested else 1
        problems.append(Problem(line, "", said("not YAML that can be read")))
        return None
    return root


def top_level(text: str, problems: list[Problem]) -> MappingNode | None:
    """The keys of the YAML document `text`, or None with the problem added."""
    told = len(problems)
    root = node_of(text, problems)
    if isinstance(root, MappingNode):
        return root
    if len(problems) == told:
        what = found(root) if root else said("nothing")
        expected = said("found {what}, expected keys and their values", what=what)
        problems.append(Problem(1, "", expected))
    return None


def entries(
    root: MappingNode, sections: Collection[str], problems: list[Problem]
) -> dict[str, Entry]:
    """Every key of the file by its dotted path, sections too; problems are added."""
    by_path: dict[str, Entry] = {}
    _collect(root, "", sections, by_path, problems)
    for section in [by_path[name] for name in sections if name in by_path]:
        if isinstance(section.node, MappingNode):
            _collect(section.node, f"{section.key}.", sections, by_path, problems)
        elif section.node.tag != NOTHING:
            what = said(
                "found {what}, expected keys of its own, indented under it",
                what=found(section.node),
            )
            problems.append(Problem(section.line, section.key, what))
    return by_path


def found(node: Node) -> str:
    """What kind of thing stands there, for an error: never the value."""
    if isinstance(node, MappingNode):
        return said("keys of its own")
    if isinstance(node, SequenceNode):
        return said("a list")
    if isinstance(node, ScalarNode) and node.style in ("'", '"'):
        return said("text in quotes")
    if node.tag == NOTHING and not node.value and _comment_follows(node):
        return said("nothing but a comment")
    if node.tag == f"{TAG}int" and not re.fullmatch(r"[-+]?(0|[1-9][0-9_]*)", node.value):
        return said("a number that is not in plain decimal digits")
    return str(FOUND.get(node.tag) or said("text"))


def _comment_follows(node: Node) -> bool:
    mark = node.end_mark
    return bool(mark.buffer and re.match(r"[ \t]*#", mark.buffer[mark.pointer :]))


def line_of(node: Node) -> int:
    """The node's first line, counted from 1."""
    return int(node.start_mark.line) + 1


def _collect(
    mapping: MappingNode,
    prefix: str,
    sections: Collection[str],
    by_path: dict[str, Entry],
    problems: list[Problem],
) -> None:
    for name, node in mapping.value:
        line = line_of(name)
        dotted = DOTTED.fullmatch(name.value) if isinstance(name, ScalarNode) else None
        if dotted and dotted[1] in sections:  # as the docs name it
            what = said(
                "a section and a key in one, expected {name}: on a line of its own, indented under"
                " {section}:",
                name=dotted[2],
                section=dotted[1],
            )
            problems.append(Problem(line, name.value, what))
            by_path.setdefault(name.value, Entry(name.value, line, node))
            continue
        if not isinstance(name, ScalarNode) or not KEY.fullmatch(name.value):
            what = said("unknown key, expected one of letters and underscores")
            if isinstance(name, ScalarNode) and _looks_right(name.value):
                what += said(
                    " (full-width, invisible or foreign letters or curly quotes are in it)"
                )
            problems.append(Problem(line, f"{prefix}?", what))
            continue
        key = prefix + name.value
        if key in by_path:
            twice = said("given twice, first on line {line}", line=by_path[key].line)
            problems.append(Problem(line, key, twice))
        by_path[key] = Entry(key, line, node)


def _looks_right(name: str) -> bool:
    """Whether a reader takes it for a key: some of its letters are of those that keys have."""
    plain = unicodedata.normalize("NFKC", name.strip("“”‘’")).translate(LOOKING_ALIKE)
    return plain != name and bool(KEY.fullmatch(plain))
