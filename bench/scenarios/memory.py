"""Whether it grows with what it has served."""

from collections.abc import Iterator

from bench.figures import Row, ratio_of_most
from bench.rig import rig

RATE = 240  # messages a second
FIRST = 20_000  # messages
MANY = 200_000


def run(full: bool, many: int = 0) -> Iterator[Row]:
    """Not in the quick run. `many`: so many messages instead, where there is no time."""
    if not full:
        return
    first, last = FIRST, many or MANY
    with rig("--after", "0.05", "--tokens", "40") as found:
        server = found.server()
        after: dict[int, float] = {}
        for number in range(first, last + 1, first):
            server.load(RATE, first / RATE)
            after[number] = server.memory()
    for number, memory in after.items():
        yield Row(
            f"after {number:,} messages",
            "memory",
            "MB",
            memory,
            after[first],
            f"{first:,} messages",
            ratio_of_most(1.05) if number == last else None,
        )
