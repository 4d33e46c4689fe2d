"""继续: what is stored already is asked for, and nothing of the model."""

from collections.abc import Iterator

from bench.figures import Row, most
from bench.rig import rig, warm
from bench.stored import Stored, fill
from sandbox.load import percentile

SETTINGS: dict[str, dict[str, object]] = {"limits": {"gap_seconds": 0}}


def run(full: bool) -> Iterator[Row]:
    rate, seconds = 100, 20 if full else 4
    many = rate * seconds
    one_each = Stored(many, many, unread=many, whose=lambda chance, number: number)
    with rig() as found:
        fill(found.place / "bench.db", one_each)
        server = found.server(SETTINGS)
        warm(server)
        words = ("--text", "继续", "--expected", "答答答答")
        theirs = ("--prefix", "o-follower-", "--first", "1", "--followers", str(many))
        load = server.load(rate, seconds, *words, *theirs)
    case = f"{rate}/s"
    collected = 100 * load.first / load.sent
    yield Row(case, "collected on the first try", "%", collected)
    if load.whole:
        yield Row(case, "from the first byte to the reply, p50", "ms", percentile(load.whole, 0.5))
        p99 = percentile(load.whole, 0.99)
        yield Row(case, "from the first byte to the reply, p99", "ms", p99, target=most(15))
    yield Row(case, "CPU per message", "ms", load.cpu)
