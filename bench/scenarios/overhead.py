"""What a message costs, with as many a second as the machine has room for."""

from collections.abc import Iterator

from bench.figures import Load, Row, most, ratio_of_most
from bench.rig import both
from sandbox.load import percentile

MODEL = ("--after", "0.3", "--tokens", "40")
QUICK = ((100, 4), (200, 4))  # messages a second, seconds
FULL = ((10, 20), (100, 20), (200, 20))
CPU = ratio_of_most(1.4)
TARGETS = {
    (100, "overhead p50"): most(3.0),
    (100, "overhead p99"): most(15.0),
    (100, "CPU per message"): CPU,
    (200, "CPU per message"): CPU,
}


def run(full: bool) -> Iterator[Row]:
    with both(*MODEL) as (server, floor):
        for rate, seconds in FULL if full else QUICK:
            beside, found = floor.load(rate, seconds), server.load(rate, seconds)
            for row in rows(f"{rate}/s", found, beside):
                yield row.aimed(TARGETS.get((rate, row.figure)))
            late = percentile(found.late, 0.99)
            yield Row(f"{rate}/s", "the load itself late, p99", "ms", late)


def rows(case: str, found: Load, beside: Load, against: str = "floor") -> Iterator[Row]:
    """What every load is told of by."""
    shares = [(f"overhead p{share:.0%}".rstrip("%"), share) for share in (0.5, 0.99)]
    for figure, share in shares:
        yield Row(case, figure, "ms", found.at(share), beside.at(share), against)
    yield Row(case, "CPU per message", "ms", found.cpu, beside.cpu, against)
    first = 100 * found.first / found.sent, 100 * beside.first / beside.sent
    yield Row(case, "answered on the first try", "%", *first, against)
