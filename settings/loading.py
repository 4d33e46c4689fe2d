"""One YAML file and the environment -> `Settings`, or one error that lists all problems.

The keys, their kinds and defaults stand in `settings.schema` and are documented in `config.yml`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from settings.file import Entry, Problem, compose, entries
from settings.ready import not_ready
from settings.refusals import key_of, line_of_key, refusals
from settings.schema import ALSO_READ_AT, NO_SECRET, SECTIONS, Settings
from settings.written import Written

Tree = dict[str, Any]  # what the file gives, section by section
Given = Mapping[str, Entry]  # the same by dotted path


class SettingsError(ValueError):
    """The settings cannot be used. The text has one line for each problem, and no secret."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings file `path`, with `${NAME}` taken from `environ`.

    Raises `SettingsError` with every problem: line, dotted path, what is wrong and expected.
    """
    problems: list[Problem] = []
    settings = _settings(_text_of(path), environ, problems)
    if problems or not settings:
        raise SettingsError("\n".join(_line(path, problem) for problem in sorted(problems)))
    return settings


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        problem = f"{path}: cannot be read: {exc.strerror}"
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        problem = f"{path}:{line}: cannot be read: not UTF-8"
    raise SettingsError(problem)


def _line(path: Path, problem: Problem) -> str:
    key = f"{problem.key}: " if problem.key else ""
    return f"{path}:{problem.line}: {key}{problem.what}"


def _settings(text: str, environ: Mapping[str, str], problems: list[Problem]) -> Settings | None:
    """What the file says; problems are added."""
    root = compose(text, problems)
    if root is None:
        return None
    given = entries(root, SECTIONS, problems)
    tree = _tree(given, environ, problems)
    wrong: set[str] = set()
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        problems += [problem for each in told for problem in refusals(each, given)]
        wrong = {key_of(each) for each in told}
        settings = Settings.model_validate(_without(wrong, tree))
    problems += _doubts(settings, wrong, given)
    return settings


def _doubts(settings: Settings, wrong: set[str], given: Given) -> list[Problem]:
    """What a live server lacks, as far as nothing else is wrong with it."""
    if "mode" in wrong:
        return []
    return [
        Problem(line_of_key(key, given), key, what)
        for key, what in not_ready(settings)
        if key.partition("[")[0] not in wrong
    ]


def _tree(given: Given, environ: Mapping[str, str], problems: list[Problem]) -> Tree:
    """The file as the sections want it; a key that contradicts itself is a problem."""
    tree: Tree = {section: {} for section in SECTIONS}
    for place, entry in given.items():
        key = ALSO_READ_AT.get(place, place)
        if key == place or key not in given:
            _put(tree, key, Written(entry.node, environ))
        elif not _agree(Written(entry.node, environ), Written(given[key].node, environ)):
            what = f"differs from {key} on line {given[key].line}, expected only one of them"
            problems.append(Problem(entry.line, place, what))
    return tree


def _agree(one: Written, other: Written) -> bool:
    try:
        return bool(one.flag() == other.flag())
    except PydanticCustomError:
        return False


def _put(tree: Tree, key: str, written: Written) -> None:
    section, _, name = key.rpartition(".")
    if key not in SECTIONS:
        (tree[section] if section else tree)[name] = written


def _without(wrong: set[str], tree: Tree) -> Tree:
    """What is right in the file, with defaults for the rest: more may be wrong with it."""
    right: Tree = {"wechat": {"token": NO_SECRET}}
    for name, value in tree.items():
        if isinstance(value, dict):
            kept = {own: each for own, each in value.items() if f"{name}.{own}" not in wrong}
            right[name] = right.get(name, {}) | kept
        elif name not in wrong:
            right[name] = value
    return right
