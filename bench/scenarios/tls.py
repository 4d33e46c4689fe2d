"""A model over TLS, as most are."""

from collections.abc import Iterator

from bench.figures import Row
from bench.rig import both
from bench.scenarios.overhead import MODEL, rows


def run(full: bool) -> Iterator[Row]:
    with both(*MODEL, tls=True) as (server, floor):
        seconds = 20 if full else 2
        beside, found = floor.load(100, seconds), server.load(100, seconds)
    yield from rows("TLS, 100/s", found, beside)
