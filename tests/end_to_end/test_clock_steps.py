"""The clock of the machine is set while messages are under way: none ends early or stands still."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests

from console.views.outside import amiss
from fsm import worker
from fsm.window import Window
from integrations.wechat.messages import signature
from sandbox.wire import new_msg_id
from service import health, wiring
from service.own_store import open_store
from store.database import Database
from store.processes import Process
from tests.running import TOKEN, Running, running, tried_once
from tests.shown import STILL_THINKING

HOUR, DAY = 3600.0, 24 * 3600.0
STEPS = [HOUR, -HOUR, DAY, -DAY]
PUSH = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>hi</Content><MsgId>{}</MsgId></xml>"
)


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window) as app:
        yield app


@pytest.fixture
def each(tmp_path: Path, window: Window) -> Iterator[dict[float, Running]]:
    """A server of its own for each of the steps."""
    with ExitStack() as stack:
        yield {
            seconds: stack.enter_context(running(tmp_path / str(seconds), window=window))
            for seconds in STEPS
        }


def at_once(walk: Callable[[Running, float], None], each: dict[float, Running]) -> None:
    """The same beside each other, as all wait; of one that fails the greenlet names the step."""
    walking = [gevent.spawn(walk, app, seconds) for seconds, app in each.items()]
    gevent.joinall(walking, raise_error=True)


def step(app: Running, seconds: float) -> None:
    """Set the clock."""
    app.huixin.db.clock = lambda: time.time() + seconds


@pytest.mark.parametrize("seconds", STEPS)
def test_a_try_that_is_open_gets_the_answer(app: Running, seconds: float) -> None:
    app.model.will(text="想好了。")
    with app.while_the_model_thinks():
        asking = gevent.spawn(app.follower().say, "问")
        app.until_asked()
        step(app, seconds)
    fate = asking.get()
    assert (fate.seen, len(fate.tries)) == ("想好了。", 1)


def test_no_try_ends_early_and_the_last_one_is_known(each: dict[float, Running]) -> None:
    at_once(_goes_through_its_tries, each)


def _goes_through_its_tries(app: Running, seconds: float) -> None:
    app.model.will(text="想了很久。")
    begun: list[int] = []
    asking = gevent.spawn(app.follower(on_begin=begun.append).say, "问")
    with app.while_the_model_thinks():
        app.until_asked()
        step(app, seconds)
        app.until(lambda: 3 in begun)
    fate = asking.get()
    assert "想了很久。" in fate.seen or STILL_THINKING in fate.seen
    assert len(fate.tries) == 3, "the second is held like the first"


@pytest.mark.parametrize("seconds", STEPS)
def test_the_queue_of_a_follower_goes_on(app: Running, seconds: float) -> None:
    app.model.always(text="好。")
    with app.while_the_model_thinks():
        asking = [gevent.spawn(app.follower().say, words) for words in ("一", "二")]
        app.until_asked()
        step(app, seconds)
    assert [asked.get().seen for asked in asking] == ["好。", "好。"]
    assert app.follower().say("三").seen == "好。"
    step(app, 0)
    assert app.follower().say("四").seen == "好。"


@tried_once
def test_a_late_answer_can_be_collected(each: dict[float, Running]) -> None:
    del each[DAY]  # which outlasts it
    at_once(_collects, each)


def _collects(app: Running, seconds: float) -> None:
    app.model.will(text="迟到的。")
    with app.while_the_model_thinks():
        asking = gevent.spawn(app.follower().say, "问")
        app.until_asked()
        step(app, seconds)
        assert STILL_THINKING in asking.get().seen
    assert app.follower().say("继续").seen == "迟到的。"


@pytest.mark.parametrize("seconds", STEPS)
def test_what_waits_to_be_taken_up_again_waits_for_its_pause_at_most(
    app: Running, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LONGEST_PAUSE", 0.1)
    app.model.will(text="没人听见的", after=60)
    app.model.always(text="又一次。")  # the first start may ask before it is over
    asking = gevent.spawn(app.follower(tries=1).say, "问", msg_id="1")
    app.until_asked()
    app.stop()
    asking.get()
    with closing(sqlite3.connect(app.folder / "huixin.db")) as db, db:
        # Its turn would come when the clock that it was saved by says so.
        db.execute("UPDATE messages SET resume_at = ?", (time.time() + seconds,))
    app.start()
    assert app.follower().say("问", msg_id="1").seen == "又一次。"


def test_nobody_adopts_what_another_process_works_on(
    brisk: None, each: dict[float, Running]
) -> None:
    at_once(_keeps_its_work, each)


def _keeps_its_work(app: Running, seconds: float) -> None:
    other = Running(app.folder)
    other.model = app.model
    other.process = replace(Process.current(), id="elsewhere/1/1", host="elsewhere")
    other.start()
    app.model.will(text="想好了。")
    with app.while_the_model_thinks():
        asking = gevent.spawn(app.follower().say, "问")
        app.until_asked()
        other.huixin.background.stop()
        step(app, seconds)
        step(other, seconds)
        other.huixin.heartbeat.run_once()  # before the one whose lease has lapsed by that
        gevent.spawn(other.follower(tries=1).say, "再问")
        app.until(lambda: app.one("SELECT count(*) FROM messages") == 2)
    assert asking.get().seen == "想好了。"
    app.until_asked(2)
    assert app.model.questions[0] == "问"
    assert app.model.questions.count("问") == 1
    other.stop()


def with_a_clock_off_by(seconds: float) -> Callable[..., Database]:
    """What opens the store on a machine whose clock is wrong."""

    def opened(*what: Any, **how: Any) -> Database:
        db = open_store(*what, **how)
        db.clock = lambda: time.time() + seconds
        return db

    return opened


def unheard(app: Running, *, signed_at: int) -> bool:
    """Whether a push that was signed then, seconds since 1970, is taken, and nothing done."""
    stamp, nonce = str(signed_at), new_msg_id()
    query = {"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    saved = app.one("SELECT count(*) FROM messages")
    answer = requests.post(app.url, PUSH.format(nonce), params=query, timeout=20)
    answered = (answer.status_code, answer.content)
    return answered == (200, b"") and app.one("SELECT count(*) FROM messages") == saved


def wrong(seconds: float, text: str) -> bool:
    """Whether a text tells that the clock is off by that."""
    way = "ahead of" if seconds > 0 else "behind"
    found = re.search(rf"this machine's clock is (\d+) s {way} WeChat's", text)
    return found is not None and abs(int(found[1]) - abs(seconds)) <= 20


def readiness(app: Running) -> tuple[bool, str]:
    """What `/readyz` says now, and what it says of the clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "KEPT", 0.0)
        answer = requests.get(app.url.replace("/wechat", "/readyz"), timeout=20).json()
    return answer["ok"], answer["clock"]


def shown(app: Running) -> list[str]:
    """What is wrong outside, on the first screen of inspect."""
    return [one.found for one in app.huixin.db.read(amiss, at=app.huixin.db.clock())[1]]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if "event=clock_wrong" in line]


@pytest.mark.parametrize("seconds", STEPS)
def test_a_clock_that_was_set_is_told_of_and_followers_are_answered_all_the_same(
    app: Running, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    app.model.always(text="好。")
    assert app.follower().say("一").seen == "好。"
    step(app, seconds)
    assert app.follower("o-two").say("二").seen == "好。"
    ok, clock = readiness(app)
    assert ok and clock.startswith("ok, but ") and wrong(seconds, clock)
    [found] = shown(app)
    assert wrong(seconds, found)
    step(app, 0)
    assert app.follower().say("三").seen == "好。"
    assert readiness(app) == (True, "ok")
    assert shown(app) == []
    [line] = lines(caplog)
    assert wrong(seconds, line)


@pytest.mark.parametrize("seconds", STEPS)
def test_a_clock_that_is_wrong_from_the_start_is_told_of_wherever_an_operator_looks(
    app: Running,
    seconds: float,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(wiring, "open_store", with_a_clock_off_by(seconds))
        app.restart()
    for later in (0, 1):
        assert unheard(app, signed_at=int(time.time()) + later)
    [line], [found], (ok, clock) = lines(caplog), shown(app), readiness(app)
    assert wrong(seconds, line) and wrong(seconds, found) and wrong(seconds, clock)
    assert not ok and app.model.asked == []
    app.restart()
    assert shown(app) == [found], "until a push says otherwise"
    app.model.will(text="好。")
    assert app.follower().say("问").seen == "好。"
    assert shown(app) == []
    assert readiness(app) == (True, "ok")


def test_requests_that_are_sent_once_more_say_nothing_of_the_clock(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = int(time.time() - HOUR)
    assert unheard(app, signed_at=earlier) and unheard(app, signed_at=earlier)
    app.model.will(text="好。")
    assert app.follower().say("问").seen == "好。"
    assert all(unheard(app, signed_at=earlier + number) for number in range(3))
    assert readiness(app) == (True, "ok")
    assert lines(caplog) == shown(app) == []
