"""A message of another process is read anew while tries wait for it, and not taken for gone."""

from typing import Any

import gevent
import pytest
from gevent.event import Event

from fsm.other_processes import OtherProcesses
from fsm.progress import Progress
from store import messages
from store.database import Database
from store.messages import Arrival

LONG = 5.0  # seconds, which nothing here takes


def stored(db: Database, key: str) -> Progress:
    arrival = Arrival("gh", "o", key, key, "text", "问")
    message, _ = db.write(messages.receive, arrival, at=db.clock())
    return Progress(message)


def test_a_try_that_comes_during_a_reading_is_not_told_that_its_message_is_gone(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stored(db, "1"), stored(db, "2")
    others, read, read_again = OtherProcesses(db), db.read, Event()
    times: list[object] = []

    def while_another_comes(*args: Any) -> Any:
        found = read(*args)
        times.append(found)
        if len(times) == 1:
            others.watch(second)
        elif len(times) == 2:
            read_again.set()
        return found

    monkeypatch.setattr(db, "read", while_another_comes)
    others.watch(first)
    looking = gevent.spawn(others.run_once)
    try:
        assert read_again.wait(LONG)
    finally:
        looking.kill()
    assert not second.erased


def test_whoever_waits_at_a_fault_is_read_for_after_it_though_nothing_else_changes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    others, read, read_again = OtherProcesses(db), db.read, Event()

    def fail(*_: Any) -> None:
        raise MemoryError

    def note(*args: Any) -> Any:
        read_again.set()
        return read(*args)

    others.watch(stored(db, "1"))
    monkeypatch.setattr(db, "read", fail)
    with pytest.raises(MemoryError):
        others.run_once()
    monkeypatch.setattr(db, "read", note)
    looking = gevent.spawn(others.run_once)
    try:
        assert read_again.wait(LONG)
    finally:
        looking.kill()
