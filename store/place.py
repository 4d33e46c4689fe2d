"""Where a database is: a file, or the address of a server, whose password nobody is shown."""

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Url:
    """The address of a PostgreSQL database; as a text it has neither user nor password."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        kind, _, rest = self.text.partition("://")
        _, secret, place = rest.rpartition("@")
        return f"{kind}://{'***@' if secret else ''}{place.partition('?')[0]}"


Where = Path | Url


def place(named: str | Path) -> Where:
    """What the settings or an operator name."""
    if isinstance(named, str) and re.match(r"postgres(ql)?://", named):
        return Url(named)
    return Path(named)
