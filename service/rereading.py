"""A part of the background that reads the operator's files again when they change, or at SIGHUP.

Each process does so for itself. Files are looked at and read off the loop: they may be large.
"""

from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent.lock import RLock

from settings.announcements import announce
from settings.kept import Kept
from settings.loading import SettingsError

T = TypeVar("T", bound=Sized)

LOOK_EVERY = 2.0  # seconds


class Rereading:
    """The files that are read again."""

    name = "rereading"
    first_after = LOOK_EVERY

    def __init__(self) -> None:
        self.files: list[Kept[Any]] = []
        self._one_at_a_time = RLock()

    def keep(self, path: Path, read: Callable[[str], T]) -> Kept[T]:
        """What the file says, now and later. Raises `SettingsError` where it is not right now."""
        kept = Kept(path, read)
        self.files.append(kept)
        return kept

    def run_once(self) -> float:
        """Read what has changed. Returns the seconds until it is looked at again."""
        self._look(at_once=False)
        return LOOK_EVERY

    def read_all(self) -> bool:
        """Read every file, changed or not. Returns whether there is any."""
        self._look(at_once=True)
        return bool(self.files)

    def _look(self, *, at_once: bool) -> None:
        with self._one_at_a_time:
            for file in self.files:
                _look_at(file, at_once)


def _look_at(file: Kept[Any], at_once: bool) -> None:
    pool = gevent.get_hub().threadpool
    try:
        if pool.apply(file.look, kwds={"at_once": at_once}):
            announce("reread", path=str(file.path), entries=len(file.now))
    except SettingsError as error:
        first, *others = str(error).splitlines()
        announce("not_reread", "error", reason=first, more=len(others) or None)
