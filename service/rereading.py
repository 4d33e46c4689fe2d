"""A part of the background that reads the operator's files again when they change, or at SIGHUP.

Each process does so for itself. Files are looked at and read off the loop: they may be large.
"""

import gc
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
        self.files: list[tuple[Kept[Any], Callable[[Any], None]]] = []
        self._one_at_a_time = RLock()

    def keep(
        self, path: Path, read: Callable[[str], T], *, then: Callable[[T], None] = lambda now: None
    ) -> Kept[T]:
        """What the file says, now and later: `then` is told of what it says later.

        Raises `SettingsError` where it is not right now.
        """
        kept = Kept(path, read)
        self.files.append((kept, then))
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
            for file, then in self.files:
                if _is_another(file, at_once):
                    then(file.now)


def _is_another(file: Kept[Any], at_once: bool) -> bool:
    try:
        if not _off_the_loop(file, at_once):
            return False
        announce("reread", path=str(file.path), entries=len(file.now))
    except SettingsError as error:
        first, *others = str(error).splitlines()
        announce("not_reread", "error", reason=first, more=len(others) or None)
        return False
    return True


def _off_the_loop(file: Kept[Any], at_once: bool) -> bool:
    """Whether it was read, with `Kept.look` in a thread.

    What it makes of ten thousand lines is looked through by the collector of garbage again and
    again while it is made, and every time after that: each time everything stood still for 150 ms.
    """
    gc.disable()
    try:
        outcome = gevent.get_hub().threadpool.apply(_looked, (file, at_once))
        if outcome is True:
            gc.freeze()
    finally:
        gc.enable()
    if isinstance(outcome, SettingsError):
        raise outcome
    return outcome


def _looked(file: Kept[Any], at_once: bool) -> bool | SettingsError:
    # An exception in a thread of the pool would also be told of as a fault in the program.
    try:
        return file.look(at_once=at_once)
    except SettingsError as error:
        return error
