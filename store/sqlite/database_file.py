"""Whether a database file is still the one that was opened, and what only it can be by now.

`cp` over it leaves its name and its place. So each checkpoint brings a number into the file's
header that is higher than the last, and the header is compared with what it was.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Error

from settings.language import said
from store.errors import StoreGone

HEADER = 100  # bytes
SET_ASIDE = "-wal-of-the-one-before"


@dataclass(frozen=True)
class Header:
    """What the file says of itself; see https://www.sqlite.org/fileformat.html."""

    kind: bytes  # the magic words, and the size of a page
    schema: int  # the number of its schema
    mark: int  # that of `mark`

    @classmethod
    def of(cls, page: bytes) -> "Header":
        return cls(page[:18], _number(page, 40), _number(page, 60))


def mark(connection: Connection) -> None:
    """In a transaction: have what is written from now on be known from any earlier copy."""
    last = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(f"PRAGMA user_version = {(last + 1) % 2**31}")


class DatabaseFile:
    """Of one file that is open. The file itself is kept open too: as long as SQLite has it.

    `upgraded` says whether a newer version of Huixin has been here since. Raises `OSError`.
    """

    def __init__(self, path: Path, upgraded: Callable[[], bool]) -> None:
        self._path = path
        self._upgraded = upgraded
        self._file = os.open(path, os.O_RDONLY)  # to close it gives up the locks of the process
        self._size = 0
        self._header = self._read()
        self._schemas = {self._header.schema}
        self._doubted = False
        self.lost: StoreGone | None = None

    def expect(self, schema: int) -> None:
        """What was written when the file was opened has this schema, once it is carried over."""
        self._schemas.add(schema)

    def check(self) -> None:
        """Raises `StoreGone` where the file was deleted, replaced, written over or cut."""
        if why := self.lost or self._why_lost():
            self.lost = why
            raise why

    def close(self) -> None:
        """When SQLite has closed the file. The log of a file that was replaced is set aside:

        whoever opens the new file would take it for that one's, and mix both.
        """
        os.close(self._file)
        if self.lost and self._path.exists():
            log = self._path.with_name(f"{self._path.name}-wal")
            if log.exists():
                log.rename(self._path.with_name(f"{self._path.name}{SET_ASIDE}"))

    def is_kept(self) -> bool:
        """Whether it may be written to as far as can be seen at once, from any thread."""
        header = self._read()
        return self.lost is None and not self._differs(header) and header.schema in self._schemas

    def is_kept_after_all(self) -> bool:
        """Whether it may be written to, for the last time: what is in doubt is looked at again."""
        self.lost = self.lost or self._why_lost() or self._why_lost()
        return self.lost is None

    def _why_lost(self) -> StoreGone | None:
        try:
            now, opened = os.stat(self._path), os.fstat(self._file)
        except (FileNotFoundError, NotADirectoryError):
            return StoreGone(said("{path} was deleted or moved away", path=self._path))
        except OSError:
            return None  # which says nothing about the file
        if (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino):
            return StoreGone(said("{path} was replaced by another file", path=self._path))
        if opened.st_size < self._size:
            return StoreGone(
                said("{path} was cut, or another file was copied over it", path=self._path)
            )
        self._size = opened.st_size
        doubted, self._doubted = self._doubted, not self._goes_on()
        if doubted and self._doubted:
            return StoreGone(said("another file was copied over {path}", path=self._path))
        return None  # what was read once may just be being written

    def _goes_on(self) -> bool:
        header = self._read()
        if self._differs(header):
            return False
        if header.schema not in self._schemas:
            if not self._has_been_upgraded():
                return False
            self._schemas.add(header.schema)
        self._header = header
        return True

    def _has_been_upgraded(self) -> bool:
        try:
            return self._upgraded()
        except Error:  # what was copied over it is no such database
            return False

    def _differs(self, header: Header) -> bool:
        return header.kind != self._header.kind or header.mark < self._header.mark

    def _read(self) -> Header:
        return Header.of(os.pread(self._file, HEADER, 0).ljust(HEADER, b"\0"))


def _number(page: bytes, at: int) -> int:
    return int.from_bytes(page[at : at + 4], "big")
