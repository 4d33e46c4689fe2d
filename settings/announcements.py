"""What happens is announced once, with its fields: the log listens, and whoever counts or warns.

A listener is told of everything, whatever is written to the log, and in the thread that announces:
it must not wait for anything, nor change the fields.
"""

import os
import traceback
from collections.abc import Callable, Mapping
from typing import Literal

Level = Literal["debug", "info", "warning", "error", "critical"]
Field = str | int | float | Exception | None  # None: there is no such field this time
Fields = Mapping[str, Field]
EventListener = Callable[[str, Level, Fields], None]

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

_listeners: list[EventListener] = []


def listen(listener: EventListener) -> None:
    """Have it told of each event from now on: its name, how grave it is, its fields in order."""
    _listeners.append(listener)


def listen_no_more(listener: EventListener) -> None:
    """Have it told of nothing more."""
    _listeners.remove(listener)


def announce(event: str, level: Level = "info", /, **fields: Field) -> None:
    """Tell every listener. What goes wrong in one of them is a fault, and nobody else's trouble."""
    for listener in _listeners:
        try:
            listener(event, level, fields)
        except Exception as error:
            if event != "fault":  # or it would be told of that for ever
                fault(error)


def fault(error: BaseException, **fields: Field) -> None:
    """A fault in the program: where it is, and nothing of what its text may hold."""
    announce("fault", "error", **fields, at=where(error))


def where(error: BaseException) -> str:
    """Type and place of an unforeseen exception, in one line and without its text.

    The place is the program's own: where a library is left to itself, what it was called from.
    """
    walked = list(traceback.extract_tb(error.__traceback__))
    frames = [frame for frame in walked if _is_own(frame.filename)] or walked
    place = f"{frames[-1].filename.rsplit('/', 2)[-1]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} in {place}"


def _is_own(file: str) -> bool:
    """Whether it is a file of the program's; a compiled library has names of files elsewhere."""
    is_there = os.path.abspath(file).startswith(ROOT) and os.path.exists(file)
    return is_there and "site-packages" not in file
