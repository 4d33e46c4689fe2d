"""Leases of other processes outlast a step of the clock, and do not outlast their process."""

from dataclasses import replace

import pytest

from fsm.leases import VOUCHED_FOR, Leases
from store.processes import Glance, ListedProcess, Process
from store.sqlite.database import SqliteDatabase
from tests.conftest import Clock

HERE = Process.current()
ELSEWHERE = replace(HERE, id="elsewhere/1/1", host="elsewhere")
HOUR = 3600.0


class TwoClocks:
    """The one that is set, and the one that is not."""

    def __init__(self, db: SqliteDatabase) -> None:
        self.wall, self.steady = Clock(), Clock(0.0)
        db.clock, db.steady = self.wall, self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall.forward(seconds)
        self.steady.forward(seconds)


@pytest.fixture
def clocks(db: SqliteDatabase) -> TwoClocks:
    return TwoClocks(db)


@pytest.fixture
def leases(db: SqliteDatabase, clocks: TwoClocks) -> Leases:
    """Of a process that has beaten before."""
    leases = Leases(db)
    leases.beaten([], at=clocks.wall())
    return leases


def seen(process: Process, until: float) -> Glance:
    return Glance(alive_until=0.0, others=[ListedProcess(process, 0.0, 0.0, until)], work=False)


def test_between_two_beats_time_passes_as_it_does(leases: Leases, clocks: TwoClocks) -> None:
    before = clocks.wall()
    clocks.pass_by(1)
    assert leases.now() == before + 1
    clocks.wall.forward(HOUR)
    assert leases.now() == before + 1
    clocks.wall.forward(-2 * HOUR)
    assert leases.now() == clocks.wall(), "by which others renew theirs"


@pytest.mark.parametrize("process", [HERE, ELSEWHERE])
def test_who_lapsed_by_a_step_is_vouched_for_once(
    leases: Leases, clocks: TwoClocks, process: Process
) -> None:
    until = clocks.wall() + 10
    clocks.wall.forward(HOUR)
    at = clocks.wall()
    assert leases.lapsed_by_a_step(seen(process, until), at=at) == [process]
    leases.beaten([process], at=at)
    clocks.pass_by(VOUCHED_FOR)
    clocks.wall.forward(HOUR)
    again = leases.lapsed_by_a_step(seen(process, at + VOUCHED_FOR), at=clocks.wall())
    assert again == [], "it has not beaten since"


def test_who_has_beaten_since_is_vouched_for_again(leases: Leases, clocks: TwoClocks) -> None:
    leases.beaten([ELSEWHERE], at=clocks.wall())
    until = clocks.wall() + 20
    assert leases.lapsed_by_a_step(seen(ELSEWHERE, until), at=clocks.wall()) == []
    clocks.wall.forward(HOUR)
    assert leases.lapsed_by_a_step(seen(ELSEWHERE, until), at=clocks.wall()) == [ELSEWHERE]


@pytest.mark.parametrize("process", [HERE, ELSEWHERE])
def test_who_does_not_renew_a_lease_that_runs_out_is_dead(
    leases: Leases, clocks: TwoClocks, process: Process
) -> None:
    until = clocks.wall() + 10
    clocks.pass_by(11)
    assert leases.lapsed_by_a_step(seen(process, until), at=clocks.wall()) == []


def test_at_the_first_beat_who_is_seen_to_run_is_vouched_for(
    db: SqliteDatabase, clocks: TwoClocks
) -> None:
    leases, until = Leases(db), clocks.wall() - HOUR
    assert leases.lapsed_by_a_step(seen(HERE, until), at=clocks.wall()) == [HERE]
    assert leases.lapsed_by_a_step(seen(ELSEWHERE, until), at=clocks.wall()) == []
