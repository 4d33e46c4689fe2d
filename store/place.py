"""Where a database is: a file, or the address of a server, whose password nobody is shown."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from settings.sections.urls import DATABASES

LEAST = 20_000_000  # bytes on a disk, or a tenth of it: with fewer it is full at any moment


@dataclass(frozen=True)
class Url:
    """The address of a database's server; as a text it has neither user nor password."""

    text: str = field(repr=False)

    @property
    def scheme(self) -> str:
        """One of `DATABASES`."""
        return self.text.partition("://")[0]

    def __str__(self) -> str:
        _, secret, place = self.text.partition("://")[2].rpartition("@")
        return f"{self.scheme}://{'***@' if secret else ''}{place.partition('?')[0]}"


Where = Path | Url


@dataclass(frozen=True)
class Restored:
    """What restoring did: where the database is, its bytes, and where the one before is kept."""

    path: Path
    size: int
    aside: Path | None


def left_on_full_disk(where: Where) -> float | None:
    """The bytes that are free where a file is, if those are so few that there may soon be none.

    None: there is room, or nothing is known of it, as of a server.
    """
    if isinstance(where, Path):
        with suppress(OSError):
            disk = os.statvfs(where.absolute().parent)
            few = min(LEAST, disk.f_blocks * disk.f_frsize / 10)
            free = disk.f_bavail * disk.f_frsize
            return free if free < few else None
    return None


def place(named: str | Path) -> Where:
    """What the settings or an operator name."""
    if isinstance(named, str) and named.startswith(tuple(f"{scheme}://" for scheme in DATABASES)):
        return Url(named)
    return Path(named)
