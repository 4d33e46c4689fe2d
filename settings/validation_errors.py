"""What pydantic refused, in our words: one line says what is wrong and what is expected.

Its own words are not for operators, and could repeat a value of the file.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic_core import ErrorDetails
from yaml.nodes import Node, ScalarNode

from settings.file.entries import TAG, EntriesByPath, Entry, found
from settings.file.not_yaml import NEEDS_QUOTES
from settings.file.slips import full_width
from settings.file.text import Problem
from settings.language import said
from settings.schema import ALSO_READ_AT, KEYS, SECTIONS
from settings.sections.kinds import expected
from settings.sections.section import hints_of, is_section

# What other programs call a key, and what it may be here: the first that is there.
CALLED_ELSEWHERE = {
    **dict.fromkeys(["api_base", "openai_api_base", "url", "endpoint"], ("base_url",)),
    **dict.fromkeys(["key", "keys", "openai_api_key"], ("api_keys", "subscription")),
    **dict.fromkeys(["system", "prompt"], ("system_prompt",)),
    **dict.fromkeys(["thinking", "enable_thinking", "reasoning_effort", "top_p"], ("extra_body",)),
    **dict.fromkeys(["keyword", "keywords"], ("words",)),
    **dict.fromkeys(["reply", "answer"], ("text", "replies")),
    **dict.fromkeys(["database", "storage"], ("store",)),
    "system_prompt": ("prompt",),
    "model_name": ("model",),
    "stream": ("stream_response",),
    "aes_key": ("encoding_aes_key",),
    "words": ("lists",),
    "subscribe": ("welcome",),
}
ANYWHERE = {"url", "words", "endpoint", "name", "path"}  # names that tell nothing by themselves


def key_of(error: ErrorDetails) -> str:
    """The dotted path of the key that an error is about."""
    in_section = error["loc"][0] in SECTIONS
    return ".".join(str(part) for part in error["loc"][: 1 + in_section])


def line_of_key(key: str, by_path: EntriesByPath) -> int:
    """The line of a key or of what is inside it, else of its section, or the first."""
    name, bracket, inside = key.partition("[")
    entry = by_path.get(name) or by_path.get(name.partition(".")[0])
    if entry is None:
        return 1
    for number, within in re.findall(r"\[(\d+)\]|\.(\w+)", bracket + inside):
        if number or entry.has(within):
            entry = entry.item(int(number) if number else within)
    return entry.line


def misnamed(by_path: EntriesByPath) -> set[str]:
    """The keys and sections that unknown ones were meant to be: nobody misses them besides."""
    unknown = by_path.keys() - KEYS.keys() - SECTIONS - ALSO_READ_AT.keys()
    return {meant for key in unknown if (meant := similar(key))}


def refusals(
    error: ErrorDetails, by_path: EntriesByPath, told: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with one value, or that it is missing; mostly one problem.

    Keys and sections that something is `told` of already are not missing.
    """
    key = key_of(error)
    entry = _entry(key, by_path)
    if entry is None:
        if key in told or key.partition(".")[0] in told:
            return
        what = said("missing, expected {expected}", expected=expected(KEYS[key]))
        yield Problem(line_of_key(key, by_path), key, what)
        return
    hint = KEYS.get(key)
    for part in error["loc"][key.count(".") + 1 :]:
        if part == "[key]":  # a name itself
            break
        names = _names(hint)
        if names and not entry.has(part):
            what = said("missing, expected {expected}", expected=expected(_within(hint, part)))
            yield Problem(entry.line, f"{entry.key}.{part}", what)
            return
        inner = entry.item(part, shown=bool(names))
        if names and part not in names:
            yield Problem(inner.line, inner.key, _unknown(_nearest(str(part), names)))
            return
        entry, hint = inner, _within(hint, part)
    for what in _whats(error, entry, hint):
        yield Problem(entry.line, entry.key, what)


def _entry(key: str, by_path: EntriesByPath) -> Entry | None:
    places = [key, *(place for place, meant in ALSO_READ_AT.items() if meant == key)]
    return next((by_path[place] for place in places if place in by_path), None)


def _names(hint: Any) -> Collection[str]:
    """The names of its keys, where it is a section."""
    kind = _kind(hint)
    return hints_of(kind) if is_section(kind) else ()


def _within(hint: Any, part: int | str) -> Any:
    """The annotation of what is in a list or a section, or of the values of a mapping."""
    kind = _kind(hint)
    if is_section(kind):
        return hints_of(kind).get(str(part))
    first, *others = get_args(kind)
    return first if others == [...] else others[0]


def _kind(hint: Any) -> Any:
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_args(kind)[0] if NoneType in get_args(kind) else kind


def _whats(error: ErrorDetails, entry: Entry, hint: Any) -> list[str]:
    whats = _plain(error, entry, hint)
    if not _full_width(entry):
        return whats
    typed = said(" (full-width, curly, foreign or invisible characters are in it)")
    return [what + typed for what in whats]


def _full_width(entry: Entry) -> bool:
    return isinstance(entry.node, ScalarNode) and full_width(entry.node.value)


def _plain(error: ErrorDetails, entry: Entry, hint: Any) -> list[str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return [_unknown(similar(entry.key), indented="." not in entry.key)]
    if kind == "unset":
        names = context["names"]
        return [
            said("the environment has no {name}, which ${{{name}}} asks for", name=name)
            for name in names
        ]
    if kind in ("text", "rule"):
        return [error["msg"]]
    there, wanted = found(entry.node), _kind(hint)
    if wanted is str and getattr(entry.node, "flow_style", False):  # as [smile]
        return [str(NEEDS_QUOTES)]
    if get_origin(wanted) is Literal and entry.node.tag == f"{TAG}str":
        return [said("not accepted, expected {expected}", expected=expected(hint))]
    if wanted is int and entry.node.tag == f"{TAG}float":
        there = said("a number with a decimal point")
    if wanted in (int, float) and _has_digits(entry.node):
        there = said("more than the digits of a number")
    return [said("found {found}, expected {expected}", found=there, expected=expected(hint))]


def _has_digits(node: Node) -> bool:
    """Whether it is text that has a number in it, as with a unit."""
    bare = isinstance(node, ScalarNode) and node.style is None and node.tag == f"{TAG}str"
    return bare and bool(re.search("[0-9]", node.value))


def _unknown(meant: str | None, *, indented: bool = False) -> str:
    if not meant:
        return said("unknown key")
    guess = said("unknown key, did you mean {meant}?", meant=meant)
    section = meant.rpartition(".")[0] if indented else ""
    return guess + said(" Indent it under {section}", section=section) if section else guess


def _nearest(unknown: str, names: Collection[str], *, at_least: float = 0.7) -> str | None:
    if also := next((own for own in CALLED_ELSEWHERE.get(unknown, ()) if own in names), None):
        return also
    near = difflib.get_close_matches(unknown.lower(), names, n=1, cutoff=at_least)
    return next(iter(near), None)


def similar(unknown: str) -> str | None:
    """A key of the same section with a name like it, or one of another with the same name."""
    section, _, name = unknown.lower().rpartition(".")
    known = [(key.rpartition("."), key) for key in (*KEYS, *sorted(SECTIONS))]
    beside = {own: key for (where, _, own), key in known if where == section}
    if slip := _nearest(name, beside, at_least=0.9):
        return beside[slip]
    elsewhere = next((key for (_, _, own), key in known if own == name), None)
    if elsewhere and name not in ANYWHERE:
        return elsewhere
    close = _nearest(name, beside)
    return beside[close] if close else None
