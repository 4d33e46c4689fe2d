"""The clock of the machine is set while messages are under way: none ends early or stands still."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from fsm import worker
from store.processes import Process
from tests.running import TRY, Running, running

HOUR, DAY = 3600.0, 24 * 3600.0
STEPS = [HOUR, -HOUR, DAY, -DAY]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def step(app: Running, seconds: float) -> None:
    """Set the clock."""
    app.huixin.db.clock = lambda: time.time() + seconds


def until_asked(app: Running, times: int = 1) -> None:
    with gevent.Timeout(20):
        while len(app.model.asked) < times:
            gevent.sleep(0.01)


@pytest.mark.parametrize("seconds", STEPS)
def test_a_try_that_is_open_gets_the_answer(app: Running, seconds: float) -> None:
    app.model.will(text="想好了。", after=0.5 * TRY)
    asking = gevent.spawn(app.follower().say, "问")
    until_asked(app)
    step(app, seconds)
    outcome = asking.get()
    assert (outcome.seen, len(outcome.tries)) == ("想好了。", 1)


@pytest.mark.parametrize("seconds", STEPS)
def test_no_try_ends_early_and_the_last_one_is_known(app: Running, seconds: float) -> None:
    app.model.will(text="想了很久。", after=2.5 * TRY)
    asking = gevent.spawn(app.follower().say, "问")
    until_asked(app)
    step(app, seconds)
    outcome = asking.get()
    assert "想了很久。" in outcome.seen or "还在想" in outcome.seen
    assert len(outcome.tries) == 3, "the second is held like the first"


@pytest.mark.parametrize("seconds", STEPS)
def test_the_queue_of_a_follower_goes_on(app: Running, seconds: float) -> None:
    app.model.always(text="好。", after=0.3 * TRY)
    asking = [gevent.spawn(app.follower().say, words) for words in ("一", "二")]
    until_asked(app)
    step(app, seconds)
    assert [asked.get().seen for asked in asking] == ["好。", "好。"]
    assert app.follower().say("三").seen == "好。"
    step(app, 0)
    assert app.follower().say("四").seen == "好。"


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, -DAY])
def test_a_late_answer_can_be_collected(app: Running, seconds: float) -> None:
    app.model.will(text="迟到的。", after=3.2 * TRY)
    asking = gevent.spawn(app.follower().say, "问")
    until_asked(app)
    step(app, seconds)
    assert "还在想" in asking.get().seen
    assert app.follower().say("继续").seen == "迟到的。"


@pytest.mark.parametrize("seconds", STEPS)
def test_what_waits_to_be_taken_up_again_waits_for_its_pause_at_most(
    app: Running, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LONGEST_PAUSE", 0.1)
    app.model.will(text="没人听见的", after=60)
    app.model.will(text="又一次。")
    asking = gevent.spawn(app.follower(tries=1).say, "问", msg_id="1")
    until_asked(app)
    app.stop()
    asking.get()
    app.start()  # its turn would come when the clock that it was saved by says so
    later = time.time() + seconds
    app.huixin.db.write(lambda db: db.execute("UPDATE messages SET resume_at = :at", {"at": later}))
    app.restart()
    assert app.follower().say("问", msg_id="1").seen == "又一次。"


@pytest.mark.parametrize("seconds", STEPS)
def test_nobody_adopts_what_another_process_works_on(
    app: Running, tmp_path: Path, seconds: float
) -> None:
    other = Running(tmp_path)
    other.model = app.model
    other.process = replace(Process.current(), id="elsewhere/1/1", host="elsewhere")
    other.start()
    app.model.will(text="想好了。", after=2 * TRY)
    asking = gevent.spawn(app.follower().say, "问")
    until_asked(app)
    other.huixin.background.stop()
    step(app, seconds)
    step(other, seconds)
    other.huixin.heartbeat.run_once()  # before the one whose lease has lapsed by that
    gevent.spawn(other.follower(tries=1).say, "再问")
    assert asking.get().seen == "想好了。"
    until_asked(app, 2)
    assert app.model.questions[0] == "问"
    assert app.model.questions.count("问") == 1
    other.stop()
