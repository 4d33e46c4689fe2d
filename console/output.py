"""A page of tables and lines, and two ways to write it: plain text and JSON.

Everything is untrusted: a control character, a mark that turns the direction of writing, a line
end is written as an escape, never as itself.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.cells import cell_len

from settings.language import said

JOINERS = "\u200c\u200d"  # within emoji and some scripts
SPACES = "\u00a0\u3000"


@dataclass(frozen=True)
class Column:
    """`numbers` stand at the right, `words` may take several lines.

    `width`: columns that a terminal must have for this one to be shown.
    """

    name: str
    numbers: bool = False
    words: bool = False
    width: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of cells under a title. `stacked`: on a terminal each cell has lines of its own."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]] = field(repr=False)
    more: int = 0  # rows that there are beside these
    stacked: bool = False
    calm: bool = False  # nothing in it is urgent

    @property
    def headed(self) -> bool:
        """Whether its columns have names."""
        return any(column.name for column in self.columns)


@dataclass(frozen=True)
class Page:
    """What one command has to say. `data` is the same for programs."""

    parts: list[Table | str] = field(repr=False)
    data: Any = field(repr=False)
    needs_attention: bool = False


def shown(text: str, *, lines: bool = False) -> str:
    """The text with everything escaped that a terminal might obey; line ends stay with `lines`."""
    return "".join(c if _harmless(c) or (lines and c == "\n") else _escaped(c) for c in text)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in JOINERS or char in SPACES


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def as_plain(page: Page) -> str:
    """One row a line, columns two spaces apart."""
    blocks = [part if isinstance(part, str) else _plain_table(part) for part in page.parts]
    return "\n\n".join(blocks) + "\n"


def _plain_table(table: Table) -> str:
    rows = [tuple(column.name for column in table.columns)] if table.headed else []
    rows += [tuple(map(shown, row)) for row in table.rows]
    widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
    lines = [shown(table.title), *(_plain_row(row, table.columns, widths) for row in rows)]
    if table.more:
        lines.append(and_more(table))
    return "\n".join(lines)


def and_more(table: Table) -> str:
    """The line under a table that was cut."""
    return said("and {count:,} more (--limit N shows more)", count=table.more)


def _plain_row(row: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> str:
    cells = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        gap = " " * (width - cell_len(cell))
        cells.append(gap + cell if column.numbers else cell + gap)
    return "  ".join(cells).rstrip()


def as_json(page: Page) -> str:
    """One document; what `shown` would escape is escaped in JSON's own way, so nothing is lost."""
    text = json.dumps(page.data, default=asdict, ensure_ascii=False, indent=2)
    return "".join(c if c == "\n" or _harmless(c) else json.dumps(c)[1:-1] for c in text) + "\n"
