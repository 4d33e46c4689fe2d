"""Lines of a terminal: Chinese has no spaces, and a line of it ends between any two characters.

rich breaks a line at spaces alone, and leaves a third of it empty before a long Chinese sentence.
"""

from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.text import Text

from settings.language import language

OPENING, CLOSING = "（“‘《【", "，。；：、？！）”’》】…"  # never at a line's end, or its beginning


class WrappedText(Text):
    """A text in which a line of a Chinese page may end beside any wide character."""

    def wrap(self, console: Console, width: int, *rest: Any, **options: Any) -> Lines:
        """The lines of it, none wider than `width` columns."""
        if language() == "en" or self.cell_len == len(self.plain):
            return super().wrap(console, width, *rest, **options)
        lines = Lines()
        for line in self.split(allow_blank=True):
            lines.extend(line.divide(_ends(line.plain, width)))
        for line in lines:
            line.rstrip_end(width)
        return lines


def _ends(text: str, width: int) -> list[int]:
    """Where each line but the last ends: at the last place that fits, or where there is none."""
    ends: list[int] = []
    begin = last = used = 0
    for place, char in enumerate(text):
        if place > begin and _may_break(text[place - 1], char):
            last = place
        used += cell_len(char)
        if used > width and char != " " and place > begin:
            begin = last if last > begin else place
            ends.append(begin)
            used = cell_len(text[begin : place + 1])
    return ends


def _may_break(before: str, after: str) -> bool:
    if after in CLOSING or after == " " or before in OPENING:
        return False
    return before == " " or cell_len(before) == 2 or cell_len(after) == 2
