"""One YAML file and the environment -> `Settings`, or one error that lists all problems.

The keys, their kinds and defaults stand in `settings.schema` and are documented in `config.yml`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from settings.accounts import clashes
from settings.file.entries import EntriesByPath, entries, line_of, top_level
from settings.file.repairs import glued
from settings.file.slips import doubted, mended
from settings.file.text import Problem, SettingsError, line_of_problem, text_of
from settings.file.values import YamlValue
from settings.language import prefer, said
from settings.requirements import not_ready
from settings.schema import ALSO_READ_AT, NAMES, NO_SECRET, OF_OWN, OWN_FILE, SECTIONS, Settings
from settings.sections.origin import Origin
from settings.validation_errors import key_of, line_of_key, misnamed, refusals

Tree = dict[str, Any]  # what the file gives, section by section


def load(path: Path, environ: Mapping[str, str], text: str | None = None) -> Settings:
    """Read the settings file `path`, or its `text`, with `${NAME}` taken from `environ`.

    Raises `SettingsError` with every problem: line, dotted path, what is wrong and expected.
    """
    text = text_of(path) if text is None else text
    prefer(language_of(text))
    settings, problems = understood(text, environ)
    if problems or not settings:
        raise SettingsError(
            "\n".join(line_of_problem(path, problem) for problem in sorted(set(problems)))
        )
    prefer(settings.server.language)
    if settings.store.path == Path():
        return settings.but(store={"path": OWN_FILE[settings.mode]})
    return settings


def language_of(text: str) -> str:
    """What a file says as `server.language`, even one that is wrong elsewhere; "" if nothing."""
    found = re.search(r"""(?:^ +|[{,] *)language:\s*["']?(zh|en|auto)\b""", text, re.MULTILINE)
    return found[1] if found else ""


def understood(text: str, environ: Mapping[str, str]) -> tuple[Settings | None, list[Problem]]:
    """The settings that the text of a file makes, and every problem with it."""
    problems: list[Problem] = []
    settings = _settings(text, environ, problems)
    return settings, _with_slips(text, environ, problems) if problems else problems


def _settings(text: str, environ: Mapping[str, str], problems: list[Problem]) -> Settings | None:
    """What the file says; problems are added."""
    root = top_level(text, problems)
    if root is None:
        return None
    problems += [Problem(line_of(name), "", str(what)) for name, what in glued(root)]
    by_path = entries(root, SECTIONS, problems)
    tree = _tree(by_path, environ, problems)
    settings, refused = _validated(tree)
    told = misnamed(by_path)
    problems += [found for each in refused for found in refusals(each, by_path, told)]
    told |= {key_of(each) for each in refused}
    if "mode" not in told:
        problems += _doubts(settings, by_path, told)
    return settings.of(Origin(doubted=tuple(doubted(by_path, text))))


def _validated(tree: Tree) -> tuple[Settings, list[ErrorDetails]]:
    """The settings, with defaults for what was refused, and what was."""
    try:
        return Settings.model_validate(tree), []
    except ValidationError as error:
        refused = error.errors(include_url=False, include_input=False)
    right = _without({key_of(each) for each in refused}, tree)
    return Settings.model_validate(right), refused


def _with_slips(text: str, environ: Mapping[str, str], problems: list[Problem]) -> list[Problem]:
    """What was mistyped, and what is wrong beside that; the problems as they are if nothing was."""
    slips: list[Problem] = []
    meant = mended(text, NAMES, OF_OWN, slips)
    if not slips:
        return problems
    _settings(meant, environ, slips)
    return slips


def _doubts(settings: Settings, by_path: EntriesByPath, told: set[str]) -> list[Problem]:
    """What a live server lacks, where something else is not `told` of the same key already.

    Nor of `models`, in whose place `openai` stands only where there are none.
    """
    if "models" in told:
        told = told | {"openai"}
    return [
        Problem(line_of_key(key, by_path), key, what)
        for key, what in (*clashes(settings), *not_ready(settings))
        if not told & {key.partition("[")[0], key.partition(".")[0]}
    ]


def _tree(by_path: EntriesByPath, environ: Mapping[str, str], problems: list[Problem]) -> Tree:
    """The file as the sections want it; a key that contradicts itself is a problem."""
    tree: Tree = {section: {} for section in SECTIONS}
    for place, entry in by_path.items():
        key = ALSO_READ_AT.get(place, place)
        if key == place or key not in by_path:
            _put(tree, key, YamlValue(entry.node, environ))
        elif not _agree(YamlValue(entry.node, environ), YamlValue(by_path[key].node, environ)):
            what = said(
                "differs from {key} on line {line}, expected only one of them",
                key=key,
                line=by_path[key].line,
            )
            problems.append(Problem(entry.line, place, what))
    if "accounts" in by_path:  # beside them there need not be one of its own
        tree["wechat"].setdefault("token", NO_SECRET)
    return tree


def _agree(one: YamlValue, other: YamlValue) -> bool:
    try:
        return bool(one.flag() == other.flag())
    except PydanticCustomError:
        return False


def _put(tree: Tree, key: str, written: YamlValue) -> None:
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
