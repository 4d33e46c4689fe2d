"""Connections that stay open, as behind some proxies, and ones that close after each try."""

from collections.abc import Iterator

from bench.figures import Row
from bench.rig import both
from bench.scenarios.overhead import MODEL, rows

WAYS = {"closing": (), "keep-alive": ("--keep-alive",)}


def run(full: bool) -> Iterator[Row]:
    with both(*MODEL) as (server, floor):
        for case, how in WAYS.items() if full else [("keep-alive", WAYS["keep-alive"])]:
            seconds = 20 if full else 3
            beside, found = floor.load(100, seconds, *how), server.load(100, seconds, *how)
            yield from rows(case, found, beside)
