"""The figures that matter most, in one picture: `benchmarks.svg`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.figures import Row
from bench.report import Results

Panel = Callable[[Axes], None]
OURS, BESIDE = "#2f6f4f", "#b9c4bd"
FATES = {
    "answered of all": ("answered", "#2f6f4f"),
    "told of too many": ("told that there are too many", "#e0b040"),
    "put off otherwise": ("put off otherwise", "#b9c4bd"),
}


def draw(results: Results, folder: Path) -> None:
    """As many panels as there are results for."""
    overhead, overload, growth = (
        results[name].rows if name in results else [] for name in ("overhead", "overload", "growth")
    )
    panels: list[tuple[Sequence[Row], Panel]] = [
        (overhead, partial(_bars, overhead, "overhead p50", "floor")),
        (overhead, partial(_bars, overhead, "CPU per message", "floor")),
        (overload, partial(_fates, overload)),
        (growth, partial(_bars, growth, "overhead p50", "empty store")),
    ]
    shown = [panel for rows, panel in panels if rows]
    if not shown:
        return
    # The same figures give the same file: no time, and no names that are drawn by lot.
    matplotlib.rcParams.update({"svg.hashsalt": "huixin", "font.size": 9, "svg.fonttype": "path"})
    figure = Figure(figsize=(4.6 * len(shown), 3.6), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        panel(axes)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / "benchmarks.svg", metadata={"Date": None})


def _bars(of: Sequence[Row], figure: str, against: str, axes: Axes) -> None:
    rows = [row for row in of if row.figure == figure]
    places = range(len(rows))
    axes.bar([n - 0.2 for n in places], [row.value for row in rows], 0.4, color=OURS)
    axes.bar([n + 0.2 for n in places], [row.beside or 0 for row in rows], 0.4, color=BESIDE)
    names = [row.case.replace(" stored, ", " stored\n") for row in rows]
    axes.set_xticks(list(places), names)
    if max(map(len, names)) > 10:
        axes.tick_params("x", rotation=20)
    axes.set_title(f"{figure}, ms")
    axes.legend(["Huixin", against], frameon=False)


def _fates(rows: Sequence[Row], axes: Axes) -> None:
    cases = [row.case for row in rows if row.figure == "answered of all"]
    below = [0.0] * len(cases)
    for figure, (label, colour) in FATES.items():
        shares = [row.value for row in rows if row.figure == figure]
        axes.bar(cases, shares, 0.5, bottom=below, color=colour, label=label)
        below = [one + more for one, more in zip(below, shares, strict=True)]
    axes.set_title("More than there is room for: % of the messages")
    axes.legend(frameon=False, loc="lower left")
