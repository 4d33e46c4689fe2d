"""The log as an operator reads it: one line for each event, for `grep` or for programs.

Each value is written by itself, so none of them, wherever it comes from, can end a line or be taken
for another field.
"""

import atexit
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal

import gevent

from settings.announcements import Field, Fields, Level, announce, fault, listen, where
from settings.log.throttle import LogThrottle
from settings.log.writer import LogWriter

NEEDS_NO_QUOTES = re.compile(r'[^\s"=\\]+')
LONGEST = 500  # characters of a value
OFTEN = 500  # texts, of which most lines have only some
TO_END = 1.0  # seconds that what is not written yet may hold the end of the process up
LEVELS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}

Form = Literal["key=value", "json"]
Value = str | int | float


class LineFormat:
    """Each event as one line; `several`: more processes than this one write to the same place."""

    def __init__(self, form: Form, *, several: bool = False) -> None:
        self._form = form
        self._process = {"process": os.getpid()} if several else {}
        # The second of the last line, how it is written, and what follows its fraction.
        self._moment = (0, "", "")

    def line(self, event: str, level: str, fields: Fields, *, at: float) -> str:
        """The line, without its end. `at`: seconds since 1970."""
        head = {"time": self._time(at), "level": level, **self._process, "event": event}
        told = [(key, _value(field)) for key, field in fields.items() if field is not None]
        if self._form == "json":
            return json.dumps(head | dict(told))
        words = [f"{key}={value}" for key, value in head.items()]  # they need no quotes
        return " ".join(words + [f"{key}={quoted(value)}" for key, value in told])

    def gap(self, dropped: int) -> str:
        """The line that stands for so many that nobody will read."""
        return self.line("log_dropped", "warning", {"lines": dropped}, at=time.time())

    def _time(self, at: float) -> str:
        """ISO 8601 with milliseconds; what many lines share is worked out once a second."""
        second, before, after = self._moment
        if second != int(at):
            second = int(at)
            local = time.localtime(second)
            zone = time.strftime("%z", local)
            before = time.strftime("%Y-%m-%dT%H:%M:%S.", local)
            after = f"{zone[:3]}:{zone[3:]}"
            self._moment = (second, before, after)
        return f"{before}{int((at - second) * 1000):03}{after}"


class LogListener:
    """A listener that writes what is at least as grave as `level`, line by line."""

    def __init__(self, level: Level, lines: LineFormat, write: Callable[[str], None]) -> None:
        self._written = {name for name in LEVELS if LEVELS[name] >= LEVELS[level]}
        self._lines = lines
        self._throttle = LogThrottle()
        self._write = write

    def __call__(self, event: str, level: Level, fields: Fields) -> None:
        if level not in self._written:
            return
        let_through = self._throttle.let_through(event, fields)
        if let_through is not None:
            self._write(self._lines.line(event, level, let_through, at=time.time()))


class Libraries(logging.Handler):
    """Announces what libraries say by themselves, as a text: warnings, and what is graver.

    What they say in passing may hold anything that they were handed.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:
            self.handleError(record)
            return
        if record.exc_info and record.exc_info[1]:
            text += f" ({where(record.exc_info[1])})"
        grave = [level for level in LEVELS if LEVELS[level] <= record.levelno]
        announce("note", grave[-1], logger=record.name, text=text)


def write_lines(level: Level, form: Form, *, several: bool = False) -> None:
    """Have everything of `level` and above written to stderr, what goes wrong in gevent too."""
    lines = LineFormat(form, several=several)
    if sys.stderr:  # or it is closed, and its number some other file's
        writer = LogWriter(sys.stderr.fileno(), lines.gap)
        listen(LogListener(level, lines, writer.put))
        atexit.register(writer.close, TO_END)
    logging.basicConfig(handlers=[Libraries()])
    logging.raiseExceptions = False  # nobody is left to tell that something cannot be told
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its lines hold addresses and tokens
    hub: Any = gevent.get_hub()
    hub.print_exception = _tell_of_a_fault  # gevent would print what was being asked, too


def quoted(value: Value) -> str:
    """A value as it stands in a line: in quotes where it would not be one word."""
    return _quoted(value) if isinstance(value, str) else str(value)


@lru_cache(maxsize=OFTEN)
def _quoted(text: str) -> str:
    if NEEDS_NO_QUOTES.fullmatch(text) and text.isprintable():
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _value(field: Field) -> Value:
    """A number is written as one, a time to the millisecond; all else is a text, cut where long."""
    if type(field) is int:
        return field
    if type(field) is float:
        return round(field, 3)
    text = str(field)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "=":
        return "\\x3d"  # or `grep message=7` would find what was made up
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _tell_of_a_fault(
    context: object, kind: type[BaseException], error: BaseException, tb: TracebackType | None
) -> None:
    """In place of `Hub.print_exception`, which must not raise."""
    fault(error)
