"""The log as an operator reads it: one line for each event, for `grep` or for programs.

Loggers are told `event=NAME key=%s ...` with the values apart. Each value is written by itself
here, so none of them, wherever it comes from, can end a line or be taken for another field.
"""

import json
import logging
import re
import traceback
from datetime import datetime
from types import TracebackType
from typing import Any, Literal

import gevent

from settings.log_throttle import LogThrottle

FIELD = re.compile(r"(?:^| )(\w+)=(.*?)(?= \w+=|$)", re.DOTALL)
PLACEHOLDER = re.compile(r"%[^a-z%]*[a-z]")
NEEDS_NO_QUOTES = re.compile(r'[^\s"=\\]+')
LONGEST = 500  # characters of a value
NOTHING = "-"  # a field with this value is left out

Form = Literal["key=value", "json"]
Value = str | int | float

log = logging.getLogger("huixin")


class Lines(logging.Formatter):
    """Each record as one line; `several`: more processes than this one write to the same place."""

    def __init__(self, form: Form, *, several: bool = False) -> None:
        super().__init__()
        self._form = form
        self._several = several

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created).astimezone().isoformat("T", "milliseconds")
        fields: dict[str, Value] = {"time": at, "level": record.levelname.lower()}
        if self._several and record.process:
            fields["process"] = record.process
        fields |= _told(record)
        if self._form == "json":
            return json.dumps(fields)
        return " ".join(f"{key}={quoted(value)}" for key, value in fields.items())


def write_lines(level: str, form: Form, *, several: bool = False) -> None:
    """Have everything of `level` and above written to stderr, what goes wrong in gevent too."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(form, several=several))
    handler.addFilter(LogThrottle())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.raiseExceptions = False  # nobody is left to tell that the log cannot be written
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its lines hold addresses and tokens
    hub: Any = gevent.get_hub()
    hub.print_exception = _tell_of_a_fault  # gevent would print what was being asked, too


def quoted(value: Value) -> str:
    """A value as it stands in a line: in quotes where it would not be one word."""
    text = str(value)
    if NEEDS_NO_QUOTES.fullmatch(text) and text.isprintable():
        return text
    return f'"{"".join(map(_escaped, text))}"'


def where(fault: BaseException) -> str:
    """Type and place of an unforeseen exception, in one line and without its text."""
    walked = list(traceback.extract_tb(fault.__traceback__))
    frames = [frame for frame in walked if "site-packages" not in frame.filename] or walked
    place = f"{frames[-1].filename.rsplit('/', 2)[-1]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(fault).__name__} in {place}"


def _told(record: logging.LogRecord) -> dict[str, Value]:
    """The fields of a record; what another library says is a text."""
    template, args = str(record.msg), record.args if isinstance(record.args, tuple) else ()
    if not template.startswith("event=") or len(PLACEHOLDER.findall(template)) != len(args):
        fault = f" ({where(record.exc_info[1])})" if record.exc_info and record.exc_info[1] else ""
        text = record.getMessage() + fault
        return {"event": "note", "logger": record.name, "text": _cut(text)}
    left = iter(args)
    fields: dict[str, Value] = {}
    for key, value in FIELD.findall(template):
        given = tuple(next(left) for _ in PLACEHOLDER.findall(value))
        fields[key] = _value(value, given)
    return {key: value for key, value in fields.items() if value != NOTHING}


def _value(template: str, given: tuple[object, ...]) -> Value:
    text = template % given if given else template
    match given:
        case (int(),) if PLACEHOLDER.fullmatch(template):
            return int(text)
        case (float(),) if PLACEHOLDER.fullmatch(template):
            return float(text)
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "=":
        return "\\x3d"  # or `grep message=7` would find what was made up
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _tell_of_a_fault(
    context: object, kind: type[BaseException], fault: BaseException, tb: TracebackType | None
) -> None:
    """In place of `Hub.print_exception`, which must not raise."""
    log.error("event=fault at=%s", where(fault))
