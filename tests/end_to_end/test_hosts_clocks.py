"""Hosts whose clocks are an hour apart, on one PostgreSQL: what counts is the database's clock."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import gevent
import pytest

from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from tests.chaos.processes import TOKEN, ServerProcess, wait_until_it_listens
from tests.forking import Forked
from tests.postgresql import PostgresServer
from tests.speaking import wait_for

HOUR = 3600.0
BEAT = 0.2  # seconds
UNDER_WAY = 6 * BEAT
# What a host is called, how far its clock is ahead of all others, and how often it beats.
ELSEWHERE = """
import runpy, socket, sys, time
from fsm import heartbeat
host, ahead, beat = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
heartbeat.BEAT_EVERY = heartbeat.Heartbeat.first_after = beat
real = time.time
time.time = lambda: real() + ahead
socket.gethostname = lambda: host
sys.argv = sys.argv[4:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
CLOCK = "extract(epoch FROM clock_timestamp())"


class Host:
    """A server of its own host."""

    def __init__(self, folder: Path, name: str, ahead: float, model_port: int, url: str) -> None:
        self.name = name
        self.server = ServerProcess(folder, name, model_port, store={"url": url})
        command = ["-c", ELSEWHERE, name, str(ahead), str(BEAT), *self.server.command]
        with self.server.log.open("ab") as out:
            self.process = Forked(*command, log=out)

    def wait_until_it_serves(self) -> None:
        wait_until_it_listens(self.server.port)
        wait_for(lambda: "event=listening" in self.log())

    def log(self) -> str:
        return self.server.log.read_text(encoding="utf-8")

    def asked(self, words: str) -> None:
        """A question whose first try is over, and on which the model thinks."""
        follower = Follower(self.server.url, TOKEN, open_id=f"o-{words}", tries=1, try_seconds=0.5)
        follower.say(words, msg_id="1")

    def seen(self, words: str) -> str:
        """What a later try of it is given here."""
        follower = Follower(self.server.url, TOKEN, open_id=f"o-{words}", tries=1, try_seconds=20)
        return follower.say(words, msg_id="1").seen

    def ahead(self) -> float:
        """By how many seconds its clock is, as its log shows."""
        first = self.log().split()[0].removeprefix("time=")
        return datetime.fromisoformat(first).timestamp() - time.time()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def model() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.start()
    yield model
    model.stop()


@pytest.fixture
def hosts(tmp_path: Path, url: str, model: ModelStandIn) -> Iterator[tuple[Host, Host]]:
    port = int(model.url.rsplit(":", 1)[1].partition("/")[0])
    with ExitStack() as stack:
        fast = Host(tmp_path, "fast", HOUR, port, url)
        stack.callback(fast.end)
        slow = Host(tmp_path, "slow", -HOUR, port, url)
        stack.callback(slow.end)
        for host in (fast, slow):
            host.wait_until_it_serves()
        yield fast, slow


def test_neither_takes_the_others_work_for_that_of_a_dead_one_until_it_is(
    hosts: tuple[Host, Host], model: ModelStandIn, postgres: PostgresServer, url: str
) -> None:
    fast, slow = hosts
    name = url.rpartition("/")[2]

    def all_of(select: str) -> list[float]:
        rows = postgres.execute(select, name)
        return [float(str(next(iter(row.values())))) for row in rows]

    assert [round(host.ahead() / HOUR) for host in hosts] == [1, -1]
    model.always(text="答。", after=UNDER_WAY)
    asking = [gevent.spawn(fast.asked, "one"), gevent.spawn(slow.asked, "two")]
    gevent.joinall(asking, raise_error=True)
    seen = [gevent.spawn(slow.seen, "one"), gevent.spawn(fast.seen, "two")]
    assert [one.get() for one in seen] == ["答。", "答。"]
    assert sorted(model.questions) == ["one", "two"], "nobody took over what was not theirs"
    leases = all_of(f"SELECT alive_until - {CLOCK} FROM processes")
    assert len(leases) == 2 and all(0 < left < 31 for left in leases)
    ages = all_of(f"SELECT {CLOCK} - arrived_at FROM messages")
    ages += all_of(f"SELECT {CLOCK} - at FROM moves")
    assert all(0 <= age < 60 for age in ages)

    model.always(text="没人听见的", after=60)
    fast.asked("three")
    wait_for(lambda: len(model.asked) == 3)
    model.always(text="接手之后的。")
    fast.end()
    ends = f"UPDATE processes SET alive_until = {CLOCK} + 0.3 WHERE host = 'fast'"
    postgres.execute(ends, name)
    assert slow.seen("three") == "接手之后的。"
    assert model.questions.count("three") == 2
