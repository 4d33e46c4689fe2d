"""The same page on a terminal: colours, tables, and a screen that refreshes."""

import time
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from console.output import Page, Table, and_more, shown
from console.words.names import named
from console.wrapping import WrappedText
from store.messages import State
from store.outcomes import Outcome

INDENT = 2

# By what a cell says.
STYLES = {
    Outcome.REPLIED.value: "green",
    Outcome.UNANSWERED.value: "red",
    Outcome.DROPPED.value: "yellow",
    Outcome.THINKING.value: "yellow",
    Outcome.PARTIAL.value: "yellow",
    **dict.fromkeys((state.value for state in State), "yellow"),
    State.REPLIED.value: "green",
    State.FAILED.value: "red",
}


def write(page: Page) -> None:
    """Write the page once, to the standard output."""
    console = _console()
    console.print(_rendered(page, console.width))


def watch(look: Callable[[], Page], *, every: float) -> None:
    """Show what `look` gives, anew every so many seconds, until it raises."""
    console = _console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_rendered(look(), console.width), refresh=True)
            time.sleep(every)


def _console() -> Console:
    return Console(markup=False, emoji=False, highlight=False)


def _rendered(page: Page, width: int) -> Group:
    parts: list[RenderableType] = []
    for part in page.parts:
        parts += [Text()] if parts else []
        if isinstance(part, str):
            parts.append(WrappedText(shown(part), style="bold"))
        else:
            parts += _stacked(part) if part.stacked else _table(part, width)
    return Group(*parts)


def _table(table: Table, width: int) -> Iterator[RenderableType]:
    kept = [n for n, column in enumerate(table.columns) if width >= column.width]
    rich = RichTable(box=None, pad_edge=False, show_header=table.headed, header_style="dim")
    for column in (table.columns[n] for n in kept):
        rich.add_column(
            Text(column.name),
            justify="right" if column.numbers else "left",
            no_wrap=not column.words,
            overflow="fold",
        )
    styles = {named(name): style for name, style in STYLES.items()}
    for row in table.rows:
        rich.add_row(*(_cell(row[n], {} if table.columns[n].words else styles) for n in kept))
    yield Text(shown(table.title), style="bold")
    yield rich
    if table.more:
        yield Text(and_more(table), style="dim")


def _stacked(table: Table) -> Iterator[RenderableType]:
    """The first cell of a row stands above the others, which have their names before them."""
    yield Text(shown(table.title), style="bold" if table.calm else "bold red")
    names = [column.name for column in table.columns[1:]]
    for first, *rest in table.rows:
        yield _indented(_lines(first), 1)
        grid = RichTable.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for name, cell in zip(names, rest, strict=True):
            if cell:
                style = "bold green" if name == names[-1] else ""
                grid.add_row(Text(name, style="dim"), _lines(cell, style))
        yield _indented(grid, 2)
    if table.more:
        yield _indented(Text(and_more(table), style="dim"), 1)


def _indented(what: RenderableType, times: int) -> Padding:
    return Padding(what, (0, 0, 0, times * INDENT), expand=False)


def _lines(text: str, style: str = "") -> WrappedText:
    return WrappedText(shown(text, lines=True), style=style, overflow="fold")


def _cell(text: str, styles: Mapping[str, str]) -> Text:
    """Without styles it holds words, which may have several lines."""
    if not styles:
        return WrappedText(shown(text, lines=True))
    return Text(shown(text), style=styles.get(text, ""))
