"""A file beside the settings that is read again while the server runs.

A version that cannot be used changes nothing: what the last good one said goes on.
"""

import os
import stat
from collections.abc import Callable, Sequence, Sized
from pathlib import Path
from typing import Generic, TypeVar

from settings.file.text import Problem, SettingsError, line_of_problem, text_of
from settings.language import said

T = TypeVar("T", bound=Sized)
Stamp = tuple[int, int, int] | None  # None: there is no such file

MOST_BYTES = 32 * 1024 * 1024


class Unusable(ValueError):
    """What a file says cannot be used: every problem, with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems)


class WatchedFile(Generic[T]):
    """What the file `path` says, as `read` makes it of its text; `now` is the last that was right.

    There is no `now` before the first `look` or `take`. `troubles` is all that keeps the file as it
    is from being used. `read` may take long and is called in another thread: it must not wait for
    a greenlet. It raises `Unusable`.
    """

    now: T

    def __init__(self, path: Path, read: Callable[[str], T]) -> None:
        self.path = path
        self.troubles: list[str] = []
        self._read = read
        self._seen = self._changed_to = _stamp(path)

    def look(self, *, at_once: bool = False) -> str | None:
        """Read the file where it has changed, or in any case `at_once`. Returns what was read.

        A change is read one look later, when whoever is writing it has come to an end. What cannot
        be used is told once: raises `SettingsError`.
        """
        stamp = _stamp(self.path)
        written = stamp == self._changed_to
        self._changed_to = stamp
        if not (at_once or (written and stamp != self._seen)):
            return None
        self._seen = stamp
        try:
            text = self._text()
            self.take(text)
        except SettingsError as error:
            self.troubles = str(error).splitlines()
            raise
        self.troubles = []
        return text

    def take(self, text: str) -> None:
        """Have it say what a text says, and not its file. Raises `SettingsError`."""
        try:
            self.now = self._read(text)
        except Unusable as why:
            lines = [line_of_problem(self.path, problem) for problem in why.problems]
            raise SettingsError("\n".join(lines)) from None

    def _text(self) -> str:
        _refuse_what_is_no_file(self.path)
        return text_of(self.path).removeprefix("\ufeff")


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _refuse_what_is_no_file(path: Path) -> None:
    """A pipe would be waited for; what cannot be looked at is refused when it is read."""
    try:
        found = os.stat(path)
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise SettingsError(f"{path}: {said('cannot be read: not a file')}")
    if found.st_size > MOST_BYTES:
        most = said("cannot be read: more than {most} MB", most=MOST_BYTES // 1024**2)
        raise SettingsError(f"{path}: {most}")
