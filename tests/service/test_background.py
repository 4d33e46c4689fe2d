"""A part of the background goes on whatever happens in it, and the log says so in one line."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from fsm.heartbeat import BEAT_EVERY
from service.background import LONGEST_PAUSE, Background, PartThatGoesOn
from service.sweeper import EVERY
from store.errors import StoreUnavailable
from tests.running import Running, running

PATIENCE = 10.0  # seconds
UNFORESEEN = [
    MemoryError(),
    sqlite3.OperationalError("locking protocol"),
    OverflowError("int too large to convert to float"),
    gevent.Timeout(1),
    KeyError("o-one asked this"),
]


class Odd:
    """A part whose runs go as they are told: a pause, or what is raised. Then it sleeps."""

    name = "odd"
    first_after = 0.0

    def __init__(self, *runs: float | BaseException) -> None:
        self.runs = list(runs)
        self.done = Event()

    def run_once(self) -> float:
        if not self.runs:
            self.done.set()
            return 3600.0
        run = self.runs.pop(0)
        if isinstance(run, BaseException):
            raise run
        return run


@pytest.mark.parametrize("fault", UNFORESEEN, ids=lambda fault: type(fault).__name__)
def test_a_fault_is_told_in_one_line_without_its_text_and_the_part_runs_again(
    fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    part = PartThatGoesOn(Odd(fault, 7.0))
    assert part.turn() == 1.0
    assert part.turn() == 7.0
    [line] = caplog.messages
    assert line.startswith("event=fault part=odd pause=1.0 at=")
    assert type(fault).__name__ in line
    assert "o-one" not in line


def test_the_pause_grows_while_it_fails_up_to_a_bound_and_is_forgotten_once_it_works() -> None:
    faults = [MemoryError() for _ in range(3000)]
    part = PartThatGoesOn(Odd(*faults, 7.0, MemoryError()))
    pauses = [part.turn() for _ in faults]
    assert pauses[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE]
    assert set(pauses[6:]) == {LONGEST_PAUSE}
    assert part.turn() == 7.0
    assert part.turn() == 1.0


def test_one_part_that_fails_holds_up_none_of_the_others() -> None:
    failing, well = Odd(MemoryError()), Odd(0.0, 0.0)
    background = Background([failing, well])
    background.start()
    assert well.done.wait(PATIENCE)
    background.stop()
    assert not failing.done.is_set(), "it pauses"


def test_a_fault_in_a_part_of_an_account_says_whose_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Odd(MemoryError())
    background = Background([], [("shop", failing)])
    background.start()
    with gevent.Timeout(PATIENCE):
        while "event=fault" not in caplog.text:
            gevent.sleep(0.01)
    background.stop()
    assert f"part={failing.name} account=shop" in caplog.text.replace('"', "")


def test_a_part_is_stopped_in_the_middle_of_a_run_or_a_pause() -> None:
    class Waiting(Odd):
        def run_once(self) -> float:
            self.done.set()
            Event().wait()
            return 0.0

    waiting, pausing = Waiting(), Odd(3600.0)
    background = Background([waiting, pausing])
    background.start()
    assert waiting.done.wait(PATIENCE)
    with gevent.Timeout(PATIENCE):
        background.stop()
    Background([waiting]).stop()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server whose background stands still."""
    with running(tmp_path) as app:
        app.huixin.background.stop()
        yield app
        monkeypatch.undo()


def unusable(app: Running, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    """From now on everything that is asked of the database fails like this."""

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(app.huixin.db, "write", fail)
    monkeypatch.setattr(app.huixin.db, "read", fail)


@pytest.mark.parametrize("fault", UNFORESEEN, ids=lambda fault: type(fault).__name__)
def test_no_fault_of_the_database_ends_the_heartbeat_or_the_sweeper(
    app: Running, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    parts = [PartThatGoesOn(part) for part in (app.huixin.heartbeat, app.huixin.sweeper)]
    unusable(app, monkeypatch, fault)
    assert [part.turn() for part in parts] == [1.0, 1.0]
    assert [part.turn() for part in parts] == [2.0, 2.0]
    monkeypatch.undo()
    assert [part.turn() for part in parts] == [BEAT_EVERY, EVERY]


def test_what_the_store_says_is_told_in_its_words(
    app: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unusable(app, monkeypatch, StoreUnavailable("the disk is full"))
    parts = [PartThatGoesOn(part) for part in (app.huixin.heartbeat, app.huixin.sweeper)]
    assert [part.turn() for part in parts] == [BEAT_EVERY, EVERY]
    assert caplog.messages == [
        'event=no_heartbeat reason="the disk is full"',
        'event=not_swept reason="the disk is full"',
    ]


def test_a_server_whose_database_is_gone_beats_no_more_and_says_so_once(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    (app.folder / "huixin.db").unlink()
    for _ in range(3):
        app.huixin.heartbeat.run_once()
    assert app.huixin.heartbeat.lost.is_set()
    assert caplog.text.count("event=database_gone") == 1
