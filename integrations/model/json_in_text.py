"""What a text says as JSON, and what of it is none.

JSON is read as it is meant: gateways made by hand leave tabs and line ends in its strings, and put
words of their own before it, behind it, or between two values.
"""

import json
import re
from typing import Any

JSON = json.JSONDecoder(strict=False)
# What may stand between the values of a body: of an array, of lines, of records.
BETWEEN = re.compile(r"(?:[\s,\]\0\x1e\ufeff]|\[(?=\s*[\[{\]]))*")

BETWEEN_EVENTS = re.compile(r"^[\s,]*(?:data\s*[:：]\s*)?")


def from_json(text: str) -> Any:
    """What a JSON text says. Raises `ValueError` where it is none."""
    try:
        content = JSON.decode(text)
        quoted = isinstance(content, str) and content.startswith("{")  # JSON inside JSON
        return JSON.decode(content) if quoted else content
    except RecursionError:
        raise ValueError("nested too deeply") from None


def begins_whole(text: str) -> bool:
    """Whether a text begins with a JSON value that is whole."""
    return _value(text, 0) is not None


def complete(text: str) -> tuple[list[Any], str]:
    """The objects that a body has brought so far, and what is behind them."""
    found: list[Any] = []
    at = _behind(text, 0)
    while text.startswith("{", at) and (value := _value(text, at)):
        found.append(value[0])
        at = _behind(text, value[1])
    return found, text[at:]


def found_in(text: str) -> tuple[list[Any], str]:
    """What an event says as JSON, and what there is beside it."""
    try:
        return [from_json(text)], ""
    except ValueError:
        pass
    found: list[Any] = []
    beside: list[str] = []
    for line in text.split("\n"):
        at, begins = 0, line.find("{")
        while begins >= 0 and (value := _value(line, begins)):
            found.append(value[0])
            at, begins = value[1], line.find("{", value[1])
        beside.append(BETWEEN_EVENTS.sub("", line[at:]))
    return found, "\n".join(beside).strip()


def _value(text: str, at: int) -> tuple[Any, int] | None:
    """The value that begins there, and where it ends; None where there is no whole one."""
    try:
        return JSON.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def _behind(text: str, at: int) -> int:
    found = BETWEEN.match(text, at)
    return found.end() if found else at
