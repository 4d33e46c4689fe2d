"""The highest rate at which everybody is answered on the first try."""

from collections.abc import Iterator

from bench.figures import Row, least
from bench.rig import Program, both
from bench.scenarios.overhead import MODEL

STEP = 50  # messages a second
BEGIN = 150


def run(full: bool) -> Iterator[Row]:
    seconds = 30 if full else 5
    best = {}
    for name, number in (("server", 0), ("floor", 1)) if full else (("server", 0),):
        best[name] = highest(number, seconds)
    case = f"for {seconds} s, in steps of {STEP}"
    target = least(250)
    yield Row(case, "without loss", "/s", best["server"], best.get("floor"), target=target)


def highest(number: int, seconds: float) -> float:
    """Of server (0) or floor (1): the last rate before the first at which one is not answered."""
    rate = BEGIN
    while True:
        with both(*MODEL) as programs:
            if not holds(programs[number], rate, seconds):
                return rate - STEP
        rate += STEP


def holds(program: Program, rate: float, seconds: float) -> bool:
    """Whether all are answered on the first try."""
    found = program.load(rate, seconds)
    return found.first == found.sent
