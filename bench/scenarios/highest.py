"""The highest rate at which everybody is answered on the first try."""

from collections.abc import Iterator

from bench.figures import Row, least
from bench.rig import Program, rig, warm
from bench.scenarios.overhead import MODEL

FULL = (200, 50, 30)  # messages a second to begin with, and as many more each time; seconds
QUICK = (250, 100, 3)
AT_MOST = 500  # messages a second; the load itself has no more


def run(full: bool) -> Iterator[Row]:
    begin, step, seconds = FULL if full else QUICK
    with rig(*MODEL) as found:
        server = found.server()
        warm(server)
        best = highest(server, begin, step, seconds)
    case = f"for {seconds} s, in steps of {step}"
    yield Row(case, "all answered on the first try", "/s", best, target=least(250))


def highest(program: Program, begin: int, step: int, seconds: float) -> int:
    """The last rate before the first at which somebody is not answered at once."""
    for rate in range(begin, AT_MOST + 1, step):
        if not holds(program, rate, seconds):
            return rate - step
    return AT_MOST


def holds(program: Program, rate: float, seconds: float) -> bool:
    """Whether all are answered on the first try."""
    found = program.load(rate, seconds)
    return found.first == found.sent
