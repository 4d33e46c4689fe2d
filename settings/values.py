"""What stands at one place of the settings file -> its value, by the type its field has.

The type rules how text is read: `port: ${PORT}` is a number because the field is one. Nothing
here repeats a value of the file or the environment: it may be a secret.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from yaml.nodes import ScalarNode, SequenceNode

from settings.file import TAG, Entry, Problem, found
from settings.schema import Secret

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
EXPECTED: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text (in quotes)",
    Secret: "text (in quotes)",
    Path: "a path (in quotes)",
}


class Refused(Exception):
    """What stands there is not what the type asks for; `problems` says each thing wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


def value(hint: Any, entry: Entry, environ: Mapping[str, str]) -> Any:
    """The value of a field annotated with `hint`, as its rules keep it. Raises `Refused`."""
    kind, *rules = _kind_and_rules(hint)
    if get_origin(kind) is tuple:
        taken: Any = _items(hint, kind, entry, environ)
    else:
        taken = _scalar(hint, kind, entry, environ)
    for rule in rules:
        taken = rule.take(taken)
        if taken is None:
            raise _refused(entry, f"not accepted, expected {rule.expected}")
    return kind(taken) if kind in (Secret, Path) else taken


def expected(hint: Any) -> str:
    """What a field annotated with `hint` takes, in words."""
    kind, *rules = _kind_and_rules(hint)
    if get_origin(kind) is tuple:
        words = f"a list of {expected(get_args(kind)[0])}"
    elif get_origin(kind) is Literal:
        words = f"one of {', '.join(get_args(kind))}"
    else:
        words = EXPECTED[kind]
    return ", ".join([words, *(rule.expected for rule in rules)])


def _kind_and_rules(hint: Any) -> list[Any]:
    return list(get_args(hint)) if get_origin(hint) is Annotated else [hint]


def _refused(entry: Entry, what: str) -> Refused:
    return Refused(Problem(entry.line, entry.key, what))


def _items(hint: Any, kind: Any, entry: Entry, environ: Mapping[str, str]) -> tuple[Any, ...]:
    if not isinstance(entry.node, SequenceNode):
        raise _refused(entry, f"found {found(entry.node)}, expected {expected(hint)}")
    items: list[Any] = []
    problems: list[Problem] = []
    for item in entry.items():
        try:
            items.append(value(get_args(kind)[0], item, environ))
        except Refused as refused:
            problems += refused.problems
    if problems:
        raise Refused(*problems)
    return tuple(items)


def _scalar(hint: Any, kind: Any, entry: Entry, environ: Mapping[str, str]) -> Any:
    node, parsed = entry.node, None
    if isinstance(node, ScalarNode):
        text = _substituted(entry, environ)
        if get_origin(kind) is Literal:
            parsed = text if text in get_args(kind) else None
        elif kind in PARSERS:
            bare = node.style is None or VARIABLE.fullmatch(node.value)
            parsed = PARSERS[kind](text.strip()) if bare else None
        elif node.tag == f"{TAG}str":
            parsed = _sendable(entry, text)
    if parsed is None:
        raise _refused(entry, f"found {found(node)}, expected {expected(hint)}")
    return parsed


def _substituted(entry: Entry, environ: Mapping[str, str]) -> str:
    """The text with every `${NAME}` in it replaced from the environment."""
    text: str = entry.node.value
    unset = sorted({name for name in VARIABLE.findall(text) if name not in environ})
    if unset:
        whats = [f"the environment has no {name}, which ${{{name}}} asks for" for name in unset]
        raise Refused(*(Problem(entry.line, entry.key, what) for what in whats))
    if "${" in VARIABLE.sub("", text):
        raise _refused(entry, "found ${ without a name and }, expected ${NAME}")
    return VARIABLE.sub(lambda match: environ[match[1]], text)


def _sendable(entry: Entry, text: str) -> str:
    """Refuses what neither a header, a path nor a reply can carry: \\0, half a surrogate pair."""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise _refused(entry, "found control characters or broken UTF-8, expected text")
    return text


def _bool(text: str) -> bool | None:
    return yaml.SafeLoader.bool_values.get(text.lower())


def _int(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[-+]?(0|[1-9][0-9]{0,17})", text) else None


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


PARSERS: dict[Any, Callable[[str], Any]] = {bool: _bool, int: _int, float: _float}
