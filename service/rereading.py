"""A part of the background that reads the operator's files again when they change, or at SIGHUP.

Each process does so for itself. Files are looked at and read off the loop: they may be large.
"""

import base64
import gc
import time
import zlib
from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent.lock import RLock

from fsm import events
from settings.announcements import announce
from settings.file.text import SettingsError
from settings.file.watched import WatchedFile
from store import last_good
from store.database import Database
from store.errors import StoreError

T = TypeVar("T", bound=Sized)

LOOK_EVERY = 2.0  # seconds
TELL_EVERY = last_good.UNUSABLE_ENDS / 3  # seconds, of a file that cannot be used


def as_it_is(text: str) -> str:
    """What most files are kept as."""
    return text


@dataclass
class RereadFile:
    """A file, who is told of what it says, and how it is kept for processes to come."""

    kept: WatchedFile[Any]
    account: str  # whose it is: on another host another's may be called the same
    then: Callable[[Any], None]
    kept_as: Callable[[str], str]

    @property
    def name(self) -> str:
        """What it is kept by."""
        return f"{self.account}: {self.kept.path}" if self.account else str(self.kept.path)


class Rereading:
    """The files that are read again.

    What each said when it was right is kept in the database: a process that begins while it is not
    says that, too.
    """

    name = "rereading"
    first_after = LOOK_EVERY

    def __init__(self) -> None:
        self.files: list[RereadFile] = []
        self._db: Database | None = None
        self._begun = False
        self._told: dict[str, list[str]] = {}  # why which cannot be used, as it was last told
        self._told_at: dict[str, float] = {}
        self._one_at_a_time = RLock()

    def keep(
        self,
        path: Path,
        read: Callable[[str], T],
        *,
        then: Callable[[T], None] = lambda now: None,
        kept_as: Callable[[str], str] = as_it_is,
        account: str = "",
    ) -> WatchedFile[T]:
        """What the file says from `begin` on: `then` is told of what it says later.

        `kept_as`: a text that says the same, for the database; it is kept as of `account`.
        """
        kept = WatchedFile(path, read)
        self.files.append(RereadFile(kept, account, then, kept_as))
        return kept

    def begin(self, db: Database | None = None, *, tell_at_once: bool = False) -> None:
        """Read each for the first time; `tell_at_once`: what it says then, too.

        One that cannot be used says what `db` has of it. Raises `SettingsError` with all that
        cannot be used and never could, `StoreError`.
        """
        self._db = db
        refused: list[str] = []
        with self._one_at_a_time:
            for file in self.files:
                try:
                    self._read(file, at_once=True)
                except SettingsError as error:
                    if not self._says_what_it_said(file):
                        refused += str(error).splitlines()
                        continue
                if tell_at_once:
                    file.then(file.kept.now)
        if refused:
            raise SettingsError("\n".join(dict.fromkeys(refused)))
        self._begun = True

    def run_once(self) -> float:
        """Read what has changed. Returns the seconds until it is looked at again."""
        self._look(at_once=False)
        self._tell_who_looks()
        return LOOK_EVERY

    def read_all(self) -> bool:
        """Read every file, changed or not. Returns whether there is any."""
        self._look(at_once=True)
        return bool(self.files)

    def troubles(self) -> list[str]:
        """Of each file that cannot be used as it is the first reason."""
        return [reasons[0] for reasons in self._troubles().values()]

    def _troubles(self) -> dict[str, list[str]]:
        kept = [file.kept for file in self.files]
        return {str(one.path): one.troubles for one in kept if one.troubles}

    def _look(self, *, at_once: bool) -> None:
        with self._one_at_a_time:
            for file in self.files if self._begun else ():
                before = len(file.kept.now)
                try:
                    if not self._read(file, at_once=at_once):
                        continue
                except SettingsError as error:
                    _tell_of_bad(error)
                    continue
                now, path = len(file.kept.now), str(file.kept.path)
                emptied = before if before and not now else None
                announce(
                    "reread",
                    "warning" if emptied else "info",
                    path=path,
                    entries=now,
                    before=emptied,
                )
                file.then(file.kept.now)

    def _read(self, file: RereadFile, *, at_once: bool) -> bool:
        """Whether it was read. What it says is kept. Raises `SettingsError`."""
        packed = _off_the_loop(file, at_once)
        if packed is None:
            return False
        if self._db:
            try:
                self._keep(self._db, file.name, packed)
            except StoreError as error:
                events.not_saved(error)
        return True

    def _keep(self, db: Database, name: str, packed: str) -> None:
        before = db.read(last_good.of, name)
        if before is None or before.packed != packed:
            db.write(last_good.keep, name, packed, at=db.clock())

    def _says_what_it_said(self, file: RereadFile) -> bool:
        """Whether it does, though it cannot be used as it is."""
        before = self._db.read(last_good.of, file.name) if self._db else None
        if before is None:
            return False
        reasons = file.kept.troubles
        try:
            file.kept.take(unpacked(before.packed))
        except SettingsError:  # by an older version of this program it was right
            return False
        since = datetime.fromtimestamp(before.since).isoformat(" ", "seconds")
        _tell_of_bad(SettingsError("\n".join(reasons)), since=since)
        return True

    def _tell_who_looks(self) -> None:
        """Say in the database which files cannot be used, as long as it is so."""
        if not self._db:
            return
        now, at, troubles = time.monotonic(), self._db.clock(), self._troubles()
        try:
            for path, reasons in troubles.items():
                is_old = now - self._told_at.get(path, -TELL_EVERY) >= TELL_EVERY
                if is_old or reasons != self._told.get(path):
                    self._db.write(last_good.tell, path, reasons, at=at)
                    self._told[path], self._told_at[path] = reasons, now
            for path in self._told.keys() - troubles.keys():
                self._db.write(last_good.is_read, path)
                del self._told[path]
        except StoreError as error:
            events.not_saved(error)


def _tell_of_bad(error: SettingsError, *, since: str | None = None) -> None:
    """`since`: when it was kept what goes on, where that is not what this process has read."""
    first, *others = str(error).splitlines()
    announce("not_reread", "error", reason=first, more=len(others) or None, last_good=since)


def _off_the_loop(file: RereadFile, at_once: bool) -> str | None:
    """What it holds where it was read, packed, with `WatchedFile.look` in a thread.

    What it makes of ten thousand lines is looked through by the collector of garbage again and
    again while it is made, and every time after that: each time everything stood still for 150 ms.
    """
    gc.disable()
    try:
        outcome = gevent.get_hub().threadpool.apply(_looked, (file, at_once))
        if isinstance(outcome, str):
            gc.freeze()
    finally:
        gc.enable()
    if isinstance(outcome, SettingsError):
        raise outcome
    return outcome


def _looked(file: RereadFile, at_once: bool) -> str | SettingsError | None:
    # An exception in a thread of the pool would also be told of as a fault in the program.
    try:
        text = file.kept.look(at_once=at_once)
    except SettingsError as error:
        return error
    return None if text is None else _packed(file.kept_as(text))


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


def unpacked(packed: str) -> str:
    """The text that was packed."""
    return zlib.decompress(base64.b64decode(packed)).decode()
