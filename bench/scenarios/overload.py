"""Twice and four times as many as there is room for, and how soon it is over."""

import time
from collections.abc import Iterator

from bench.figures import Load, Row, least, load_of, most, ratio_of_least
from bench.rig import Program, begun, ended, rig, warm
from bench.scenarios.overhead import MODEL
from sandbox.load import percentile

BEST = 250  # messages a second: as many as are to be answered without loss
ITSELF_AFTER = 2.0  # seconds after the last message of the load
STARTS = 1.5  # seconds that the load itself may take until it begins
AFTERWARDS = (50, 4)  # messages a second, seconds


def run(full: bool) -> Iterator[Row]:
    seconds = 20 if full else 4
    with rig(*MODEL) as found:
        server = found.server()
        warm(server)
        best = server.load(BEST, seconds)
        yield Row("1x", "answered", "/s", best.answered / seconds)
        yield from fates("1x", best)
        for times in (2, 4) if full else (2,):
            load, afterwards = overload(server, BEST * times, seconds)
            yield from rows(f"{times}x", load, best, seconds)
            yield from itself_again(f"{times}x", afterwards)


def overload(server: Program, rate: float, seconds: float) -> tuple[Load, Load]:
    """What became of so many, and of a few that come after it."""
    begin = time.time() + STARTS
    after = begin + seconds + ITSELF_AFTER
    much = begun(server.port, rate, seconds, "--at", str(begin))
    time.sleep(after - STARTS - time.time())
    few = begun(server.port, *AFTERWARDS, "--at", str(after))
    return load_of(ended(much)), load_of(ended(few))


def rows(case: str, found: Load, best: Load, seconds: float) -> Iterator[Row]:
    goodput = found.answered / seconds, best.answered / seconds
    yield Row(case, "answered", "/s", *goodput, "1x", ratio_of_least(0.8))
    yield from fates(case, found)
    for row in told_after(case, found):
        yield row.aimed(most(1000)) if row.figure.endswith("p100") else row
    yield Row(case, "the load itself late, p99", "ms", percentile(found.late, 0.99))


def told_after(case: str, found: Load) -> Iterator[Row]:
    """How soon those were told who were told that there is too much."""
    for share in (0.5, 0.99, 1.0) if found.told_after else ():
        name = f"told after, p{share:.0%}".rstrip("%")
        yield Row(case, name, "ms", percentile(found.told_after, share))


def fates(case: str, found: Load) -> Iterator[Row]:
    """What became of all."""
    yield Row(case, "answered of all", "%", 100 * found.answered / found.sent)
    yield Row(case, "told of too many", "%", 100 * found.told / found.sent)
    yield Row(case, "put off otherwise", "%", 100 * found.put_off / found.sent)
    yield Row(case, "nothing at all", "messages", found.nothing, target=most(0))


def itself_again(case: str, found: Load) -> Iterator[Row]:
    """From two seconds after the end on."""
    case = f"{case}, {ITSELF_AFTER:g} s after its end"
    share = 100 * found.first / found.sent
    yield Row(case, "answered on the first try", "%", share, target=least(100))
    yield Row(case, "overhead p50", "ms", found.at(0.5))
    yield Row(case, "overhead p99", "ms", found.at(0.99))
