"""One YAML file and the environment -> frozen dataclasses, or one error that lists all problems.

The keys, their types and defaults stand in `settings.schema` and are documented in
`config.yml`.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from settings.file import Entry, Problem, compose, entries
from settings.schema import (
    ALSO_READ_AT,
    Settings,
)
from settings.values import Refused, expected, value

PLACEHOLDER = "empty or a placeholder, expected the real one"


class SettingsError(ValueError):
    """The settings cannot be used. The text has one line for each problem, and no secret."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings file `path`, with `${NAME}` taken from `environ`.

    Raises `SettingsError` with every problem: line, dotted path, what is wrong and expected.
    """
    problems: list[Problem] = []
    settings = _settings(_text_of(path), environ, problems)
    if settings is None:
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


def _fields(kind: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Dotted path, annotation and default of every key (`MISSING` where it has none)."""
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        if is_dataclass(hints[field.name]):
            yield from _fields(hints[field.name], f"{field.name}.")
        else:
            yield f"{prefix}{field.name}", hints[field.name], field.default


SECTIONS: dict[str, Any] = {
    name: kind for name, kind in get_type_hints(Settings).items() if is_dataclass(kind)
}
HINTS = {key: hint for key, hint, _ in _fields(Settings)}
DEFAULTS = {key: default for key, _, default in _fields(Settings) if default is not MISSING}


def _settings(text: str, environ: Mapping[str, str], problems: list[Problem]) -> Settings | None:
    root = compose(text, problems)
    if root is None:
        return None
    given = entries(root, SECTIONS, problems)
    values = DEFAULTS | _values(given, environ, problems)
    problems += _unknown(given)
    problems += _missing(given)
    problems += _not_ready_for_live(values, given)
    return None if problems else _assembled(values)


def _values(
    given: Mapping[str, Entry], environ: Mapping[str, str], problems: list[Problem]
) -> dict[str, Any]:
    """What the file gives by dotted path; None where there is a problem, which is added."""
    values: dict[str, Any] = {}
    for place, entry in given.items():
        key = ALSO_READ_AT.get(place, place)
        if key not in HINTS:
            continue
        try:
            read = value(HINTS[key], entry, environ)
        except Refused as refused:
            problems += refused.problems
            read = None
        if read is not None and values.get(key, read) not in (read, None):
            what = f"differs from {key} on line {given[key].line}, expected only one of them"
            problems.append(Problem(entry.line, place, what))
        values[key] = read
    return values


def _unknown(given: Mapping[str, Entry]) -> Iterator[Problem]:
    for key in given.keys() - HINTS.keys() - SECTIONS.keys() - ALSO_READ_AT.keys():
        meant = _similar(key)
        advice = f", did you mean {meant}?" if meant else ""
        yield Problem(given[key].line, key, f"unknown key{advice}")


def _similar(unknown: str) -> str | None:
    """A key of the same section with a name like it, or one of another with the same name."""
    section, _, name = unknown.rpartition(".")
    known = [(key.rpartition("."), key) for key in (*HINTS, *SECTIONS)]
    beside = {own: key for (where, _, own), key in known if where == section}
    if close := difflib.get_close_matches(name, beside, n=1, cutoff=0.7):
        return beside[close[0]]
    return next((key for (_, _, own), key in known if own == name), None)


def _missing(given: Mapping[str, Entry]) -> Iterator[Problem]:
    for key in HINTS.keys() - DEFAULTS.keys() - given.keys():
        yield Problem(_line_of(key, given), key, f"missing, expected {expected(HINTS[key])}")


def _line_of(key: str, given: Mapping[str, Entry]) -> int:
    """The line of a key, of its section where the file does not have it, or the first."""
    entry = given.get(key) or given.get(key.partition(".")[0])
    return entry.line if entry else 1


def _not_ready_for_live(values: Mapping[str, Any], given: Mapping[str, Entry]) -> Iterator[Problem]:
    """What a live server cannot do without and is empty or still a placeholder."""
    if values["mode"] != "live":
        return
    for key, reason in _needed(values).items():
        if _placeholder(values.get(key)):
            yield Problem(_line_of(key, given), key, f"{PLACEHOLDER}, because {reason}")
    if values["openai.api_keys"] == ():
        what = "empty, expected at least one key, because mode is live"
        yield Problem(_line_of("openai.api_keys", given), "openai.api_keys", what)
    for number, key in enumerate(values["openai.api_keys"] or ()):
        if _placeholder(key):
            item = given["openai.api_keys"].items()[number]
            yield Problem(item.line, item.key, f"{PLACEHOLDER}, because mode is live")


def _placeholder(secret: str | None) -> bool:
    return secret is not None and (not secret or "***" in secret)


def _needed(values: Mapping[str, Any]) -> dict[str, str]:
    needed = {"wechat.token": "mode is live"}
    if values["wechat.ip_detection"]:
        reason = "wechat.ip_detection is on"
        needed |= {"wechat.appid": reason, "wechat.secret": reason}
    if values["wechat.encoding_aes_key"]:
        needed.setdefault("wechat.appid", "wechat.encoding_aes_key is given")
    if values["wechat.encryption"] == "safe":
        needed["wechat.encoding_aes_key"] = "wechat.encryption is safe"
    if values["azure.trans_to_voice"]:
        keys = ["wechat.appid", "wechat.secret", "azure.subscription"]
        keys += [] if values["azure.endpoint"] else ["azure.region"]
        needed |= dict.fromkeys(keys, "azure.trans_to_voice is on")
    return needed


def _assembled(values: Mapping[str, Any]) -> Settings:
    own = {key: value for key, value in values.items() if "." not in key}
    sections = {
        name: kind(**{field.name: values[f"{name}.{field.name}"] for field in fields(kind)})
        for name, kind in SECTIONS.items()
    }
    return Settings(**own, **sections)
