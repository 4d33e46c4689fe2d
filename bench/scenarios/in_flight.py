"""Many at once, of a model that takes twelve seconds: three tries for each answer."""

from collections.abc import Iterator

from bench.figures import Row, least, most
from bench.rig import rig

MODEL = ("--after", "12", "--tokens", "40")
SETTINGS: dict[str, dict[str, object]] = {"limits": {"model_calls": 4000}}


def run(full: bool) -> Iterator[Row]:
    yield from case(150, 30 if full else 2)
    if full:
        yield from case(300, 10)


def case(rate: float, seconds: float) -> Iterator[Row]:
    with rig(*MODEL) as processes:
        server = processes.server(SETTINGS)
        found = server.load(rate, seconds)
        peak = server.memory(peak=True)
    name = f"{rate:g}/s for {seconds:g} s, {min(12 * rate, rate * seconds):g} at once"
    answered = 100 * found.answered / found.sent
    yield Row(name, "answered in time", "%", answered, target=least(100))
    yield Row(name, "nothing at all", "messages", found.nothing, target=most(0))
    yield Row(name, "peak memory", "MB", peak, target=most(400))
    yield Row(name, "overhead p50", "ms", found.at(0.5))
    yield Row(name, "overhead p99", "ms", found.at(0.99))
    yield Row(name, "CPU per message", "ms", found.cpu)
