"""Who works on what: several processes on one database, any of which may stall or die.

A process knows what it was handed; what is here called its work. Stalled, it may outlive its lease.
"""

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fsm.transitions import MoveEvent, apply
from store import messages, processes
from store.database import Connection
from store.errors import MessageMovedOn
from store.messages import Arrival, Message
from store.processes import Process
from tests import migrated, stored
from tests.postgresql import PostgresServer
from tests.stored import close

LEASE = 8.0  # seconds
WHO = st.sampled_from(["a", "b", "c"])
FOLLOWERS = st.sampled_from(["o-one", "o-two", "o-three"])


class Owners(RuleBasedStateMachine):
    """Three processes, three followers, and what each process believes to be its work."""

    @initialize()
    def open(self) -> None:
        self.db = self.opened()
        self.now = 1_000.0
        self.number = 0
        self.arrivals: list[Arrival] = []
        self.work: dict[str, set[int]] = {"a": set(), "b": set(), "c": set()}
        self.leases: dict[str, float] = {}
        for name in self.work:
            self.it_beats(name)

    def opened(self) -> Connection:
        return migrated.in_memory()

    def teardown(self) -> None:
        close(self.db)

    def _process(self, name: str) -> Process:
        return Process(name, "here", 1)

    def _lives(self, name: str) -> bool:
        return self.leases.get(name, 0.0) > self.now

    def _unfinished(self) -> dict[int, Message]:
        return {message.id: message for message in stored.unfinished(self.db)}

    @rule(seconds=st.floats(0, 2 * LEASE))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=WHO)
    def it_beats(self, name: str) -> None:
        """As the heartbeat does: and what is nobody's is this process's by then."""
        processes.beat(self.db, self._process(name), at=self.now, lease=LEASE)
        self.leases[name] = self.now + LEASE
        glance = processes.glance(self.db, self._process(name), at=self.now)
        mine = processes.adopt(self.db, self._process(name), at=self.now)
        assert glance.work == bool(mine), "where a glance finds nothing, nothing need be written"
        assert glance.alive_until == self.leases[name]
        assert [message.id for message in mine] == sorted(message.id for message in mine)
        self.work[name] = {message.id for message in mine}  # it lets go of all others
        for message in self._unfinished().values():
            assert message in mine or any(map(self._lives, self._owner(message)))

    def _owner(self, message: Message) -> list[str]:
        select = "SELECT owner FROM followers WHERE id = :id"
        return [row["owner"] for row in self.db.execute(select, {"id": message.follower_id})]

    @rule(name=WHO)
    def it_dies_and_is_buried(self, name: str) -> None:
        self.leases[name] = 0.0
        self.work[name].clear()
        processes.bury(self.db, self._process(name))

    @rule(name=WHO, open_id=FOLLOWERS)
    def a_message_comes(self, name: str, open_id: str) -> None:
        self.number += 1
        key = str(self.number)
        self.arrivals.append(Arrival("gh", open_id, key, key, "text", f"question {key}"))
        self._arrive(name, self.arrivals[-1], new=True)

    @precondition(lambda self: self.arrivals)
    @rule(name=WHO, which=st.integers(0, 100))
    def it_is_tried_again(self, name: str, which: int) -> None:
        self._arrive(name, self.arrivals[which % len(self.arrivals)], new=False)

    def _arrive(self, name: str, arrival: Arrival, *, new: bool) -> None:
        message, is_new = messages.receive(self.db, arrival, at=self.now)
        assert is_new == new
        process = self._process(name)
        if not message.settled and processes.claim(self.db, message, process, new=new, at=self.now):
            left = processes.unfinished_of(self.db, process, message.follower_id)
            assert message.id in {message.id for message in left}
            self.work[name] |= {message.id for message in left}
            assert not self._lives(name) or self._owner(message) == [name]
        elif not message.settled:
            assert any(map(self._lives, self._owner(message))), "it waits for somebody who lives"

    @rule(name=WHO)
    def it_finishes_what_is_first(self, name: str) -> None:
        """Also one whose lease has run out, as it does not know that."""
        known = self._unfinished()
        for message_id in sorted(self.work[name]):
            if message := known.get(message_id):
                learned = {"reply": "."}
                apply(self.db, message, MoveEvent.ANSWERED_AT_ONCE, at=self.now, learned=learned)
                with pytest.raises(MessageMovedOn):
                    apply(
                        self.db, message, MoveEvent.ANSWERED_AT_ONCE, at=self.now, learned=learned
                    )
                more = processes.unfinished_of(self.db, self._process(name), message.follower_id)
                self.work[name] |= {message.id for message in more}
                return

    @invariant()
    def nobody_who_lives_works_on_what_another_does(self) -> None:
        for message in self._unfinished().values():
            workers = [name for name in self.work if message.id in self.work[name]]
            assert len(list(filter(self._lives, workers))) <= 1

    @invariant()
    def who_lives_and_works_on_something_owns_it(self) -> None:
        for message in self._unfinished().values():
            for name in filter(self._lives, self.work):
                if message.id in self.work[name]:
                    assert self._owner(message) == [name]


Owners.TestCase.settings = settings(stateful_step_count=40)
TestOwners = Owners.TestCase


def test_the_same_holds_on_postgresql(postgres: PostgresServer) -> None:
    class OnPostgres(Owners):
        def opened(self) -> Connection:
            return postgres.emptied()

    run_state_machine_as_test(OnPostgres, settings=settings(max_examples=6))


def test_a_process_that_ended_and_was_not_waited_for_runs_no_more() -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 0.2 & echo $!; exec sleep 60"], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        process = Process(f"{Process.current().host}/{pid}/{_started(pid)}", _host(), pid)
        assert process.running
        _wait_until_it_ends(pid)
        assert not process.running
        parent.kill()


def test_of_a_machine_with_the_same_name_only_the_lease_tells() -> None:
    ours = Process.current()
    assert ours.here and ours.running
    gone = replace(ours, id=f"{ours.host}/{ours.pid}/1{ours.id[ours.id.rindex('/') :]}")
    assert gone.here and not gone.running
    theirs = replace(ours, id=f"{ours.host}/{ours.pid}/1/copied00")
    assert theirs.running and not theirs.here


def _host() -> str:
    return Process.current().host


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _started(pid: int) -> str:
    return _stat(pid)[19]


def _wait_until_it_ends(pid: int) -> None:
    give_up_at = time.monotonic() + 10
    while _stat(pid)[0] != "Z":
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
