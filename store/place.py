"""Where a database is: a file, or the address of a server, whose password nobody is shown."""

import math
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LEAST = 20_000_000  # bytes on a disk: with fewer it may be full at any moment


@dataclass(frozen=True)
class Url:
    """The address of a PostgreSQL database; as a text it has neither user nor password."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        kind, _, rest = self.text.partition("://")
        _, secret, place = rest.rpartition("@")
        return f"{kind}://{'***@' if secret else ''}{place.partition('?')[0]}"


Where = Path | Url


def free(where: Where) -> float:
    """The bytes that are free where a file is; infinitely many of a server or where it is not."""
    if isinstance(where, Path):
        with suppress(OSError):
            disk = os.statvfs(where.absolute().parent)
            return disk.f_bavail * disk.f_frsize
    return math.inf


def place(named: str | Path) -> Where:
    """What the settings or an operator name."""
    if isinstance(named, str) and re.match(r"postgres(ql)?://", named):
        return Url(named)
    return Path(named)
