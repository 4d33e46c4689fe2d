"""A file's text, and what is wrong on a line of it."""

from dataclasses import dataclass
from pathlib import Path

from settings.language import said


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in the file. `line` counts from 1, `key` is a dotted path or empty."""

    line: int
    key: str
    what: str


class SettingsError(ValueError):
    """The settings cannot be used. The text has one line for each problem, and no secret."""


def text_of(path: Path) -> str:
    """What a file holds. Raises `SettingsError`."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        why = said("cannot be read: {reason}", reason=_reason(exc))
        problem = f"{path}: {why}"
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        problem = f"{path}:{line}: {said('cannot be read: not UTF-8, save it as that')}"
    raise SettingsError(problem)


def line_of_problem(path: Path, problem: Problem) -> str:
    """What is wrong and where, as the operator is told."""
    key = f"{problem.key}: " if problem.key else ""
    return f"{path}:{problem.line}: {key}{problem.what}"


def _reason(error: OSError) -> str:
    """What the system says, the most frequent of it in the operator's language."""
    match error:
        case FileNotFoundError():
            return said("No such file or directory")
        case PermissionError():
            return said("Permission denied")
        case IsADirectoryError():
            return said("Is a directory")
    return error.strerror or type(error).__name__
