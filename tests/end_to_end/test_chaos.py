"""A short chaos run: what must hold whatever is killed whenever. `make chaos` is the long one.

The schedule is the same each time, so that a failure is of the change that is tested;
CHAOS_SEED=123 gives another one. `make chaos` draws its own and says which.
"""

import os
import re

import gevent
import pytest

from tests.chaos.checks import Result
from tests.chaos.run import run
from tests.chaos.story import Plan

SEED = int(os.environ.get("CHAOS_SEED") or 1)


def plan(servers: int) -> Plan:
    """Five seconds of messages; the tries and the reading take three times as long."""
    return Plan(
        seconds=5.0,
        messages=80,
        kill_every=2.0,
        servers=servers,
        seed=SEED,
        longest=6.0,
        slow=0.1,
        slowly=0.0,
        forked=1.0,
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Result]:
    """One server, and two on one database, side by side: it is mostly waiting."""
    runs = {
        servers: gevent.spawn(run, plan(servers), tmp_path_factory.mktemp("chaos"))
        for servers in (1, 2)
    }
    return {servers: running.get() for servers, running in runs.items()}


@pytest.mark.parametrize("servers", [1, 2])
def test_every_promise_is_kept_while_servers_are_killed(
    results: dict[int, Result], servers: int
) -> None:
    result = results[servers]
    broken = result.broken()
    print(f"CHAOS_SEED={SEED}\n{result.figures()}")
    for number in dict.fromkeys(re.findall(r"^message (\d+)", "\n".join(broken), re.MULTILINE)):
        print(result.seen(int(number)))
    assert not broken, "\n".join(broken)
    assert len(result.kills) >= 2
