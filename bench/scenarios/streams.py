"""Long answers: a thousand tokens, an event each, within one try (the floor has no other)."""

from collections.abc import Iterator

from bench.figures import Row
from bench.rig import both
from bench.scenarios.overhead import rows

TOKENS = 1000
# One letter each, so that the answer is one reply and its end can be read.
SETTINGS: dict[str, dict[str, object]] = {"openai": {"rsize": 2000, "max_tokens": 2000}}


def run(full: bool) -> Iterator[Row]:
    rate, seconds, pause = (5, 20, 0.003) if full else (3, 2, 0.001)
    model = ("--after", "0.3", "--tokens", str(TOKENS), "--token", "a", "--pause", str(pause))
    with both(*model, settings=SETTINGS) as (server, floor):
        beside, found = floor.load(rate, seconds), server.load(rate, seconds)
    case = f"{rate}/s of {TOKENS} tokens"
    yield from rows(case, found, beside)
