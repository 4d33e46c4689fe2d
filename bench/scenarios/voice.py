"""Spoken questions that are answered by voice, and a long answer that is spoken as it comes."""

from collections.abc import Iterator

from bench.figures import Row, least, most
from bench.voices import LONGEST_AFTER_MODEL, LONGEST_GAP, LONGEST_OVERHEAD, one_round, parsed
from sandbox.load import percentile

QUICK = ("--messages", "20", "--sentences", "10", "--stream-seconds", "2")


def run(full: bool) -> Iterator[Row]:
    options = parsed(() if full else QUICK)
    found = one_round(options)
    case = f"{options.rate:g}/s, {options.messages} in all"
    first = 100 * found.first / found.messages
    yield Row(case, "voice on the first try", "%", first, target=least(100))
    if found.overhead:
        name = "after upload and settling, p50"
        yield Row(case, name, "ms", percentile(found.overhead, 0.5))
        name = "after upload and settling, longest"
        yield Row(case, name, "ms", max(found.overhead), target=most(LONGEST_OVERHEAD))
    yield Row(case, "longest gap of the loop", "ms", found.longest_gap, target=most(LONGEST_GAP))
    stream = f"{options.stream_seconds:g} s of {options.sentences} sentences"
    late = found.streamed if found.streamed >= 0 else float("inf")
    name = "voice after the model's end and settling"
    yield Row(stream, name, "ms", late, target=most(LONGEST_AFTER_MODEL))
