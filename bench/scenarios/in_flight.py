"""Many at once, of a model that takes twelve seconds."""

from collections.abc import Iterator

from bench.figures import Load, Row, least, most
from bench.rig import Program, both
from bench.scenarios.overhead import rows

MODEL = ("--after", "12", "--tokens", "40")
SETTINGS: dict[str, dict[str, object]] = {"limits": {"model_calls": 4000}}


def run(full: bool) -> Iterator[Row]:
    yield from case(150, 30 if full else 2)
    if full:
        yield from case(300, 10)


def case(rate: float, seconds: float) -> Iterator[Row]:
    with both(*MODEL, settings=SETTINGS) as (server, floor):
        beside, floor_peak = peak(floor, rate, seconds)
        found, most_memory = peak(server, rate, seconds)
    name = f"{rate:g}/s for {seconds:g} s, {min(12 * rate, rate * seconds):g} at once"
    answered = 100 * found.answered / found.sent, 100 * beside.answered / beside.sent
    yield Row(name, "answered in time", "%", *answered, target=least(100))
    yield Row(name, "nothing at all", "messages", found.nothing, target=most(0))
    yield Row(name, "peak memory", "MB", most_memory, floor_peak, target=most(400))
    for row in rows(name, found, beside):
        if row.figure != "answered on the first try":
            yield row


def peak(program: Program, rate: float, seconds: float) -> tuple[Load, float]:
    return program.load(rate, seconds), program.memory(peak=True)
