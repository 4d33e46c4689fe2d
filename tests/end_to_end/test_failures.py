"""When the model, a key or the database fails: an apology, no trace, and the next one works."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from console import inspect
from fsm.asking import attempts
from fsm.window import Window
from sandbox.follower import GREY_LINE
from settings.schema import Secret, Texts
from store.sqlite import committing
from tests.running import Running, running, tried_once
from tests.shown import STILL_THINKING

APOLOGY = Texts().apology
BROKEN_OFF = Texts().broken_off
TWO_KEYS = {"api_keys": (Secret("sk-first-1111"), Secret("sk-second-2222"))}
ONE, TWO = "1/438c", "2/d557"  # what an operator knows them by


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window) as app:
        yield app


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, brisk: None) -> None:
    """A lock is met as an error, and what failed is asked once more, before long."""
    monkeypatch.setattr(committing, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.2)


@pytest.mark.parametrize(
    "behaviour",
    [{"status": 500}, {"status": 400}, {"status": 401}, {"text": " "}, {"text": "<think>嗯"}],
    ids=str,
)
def test_a_failing_model_costs_an_apology_and_leaves_no_trace(
    app: Running, behaviour: dict[str, object]
) -> None:
    app.model.always(**behaviour)
    assert app.follower().say("问").seen == APOLOGY
    assert app.all("SELECT role FROM history") == []
    assert app.one("SELECT state FROM messages") == "FAILED"
    app.model.always(text="好了。")
    assert app.follower().say("再问").seen == "好了。"
    assert len(app.model.bodies[-1]["messages"]) == 2, "the failed question is not remembered"


def test_what_there_is_of_an_answer_that_breaks_off_is_delivered_with_a_note(app: Running) -> None:
    app.model.will(text="说到一半就断了", cut=4)
    assert app.follower().say("问").seen == f"说到一半\n{BROKEN_OFF}"
    assert len(app.model.asked) == 1, "after the first word nothing is asked again"
    assert app.all("SELECT text FROM history") == ["问", "说到一半"], "the note is not the model's"


@tried_once
def test_an_error_before_the_first_word_is_tried_once_more(app: Running) -> None:
    app.model.will(status=500)
    app.model.will(text="第二次好了。")
    assert app.follower().say("问").seen == "第二次好了。"
    assert app.one("SELECT model_calls FROM messages") == 2


@tried_once
def test_an_apology_that_nobody_saw_is_collected_like_an_answer(app: Running) -> None:
    app.model.will(times=2, status=500)
    follower = app.follower()
    with app.while_the_model_thinks():
        assert STILL_THINKING in follower.say("问").seen
    assert follower.say("继续").seen == APOLOGY


def test_a_key_that_is_refused_makes_room_for_the_next_within_the_message(tmp_path: Path) -> None:
    with running(tmp_path, openai=TWO_KEYS) as app:
        app.model.will(status=401)
        app.model.will(text="换了钥匙。")
        assert app.follower().say("问").seen == "换了钥匙。"
        assert [asked.key for asked in app.model.asked] == ["1111", "2222"]
        app.follower().say("再问")
        app.follower().say("三问")
        assert [asked.key for asked in app.model.asked[2:]] == ["2222", "2222"]
        app.restart()
        app.follower().say("四问")
        assert app.model.asked[-1].key == "2222", "a restart remembers"


def test_keys_are_used_in_turn(tmp_path: Path) -> None:
    with running(tmp_path, openai=TWO_KEYS) as app:
        for n in range(4):
            app.follower().say(f"{n}")
        assert [asked.key for asked in app.model.asked] == ["1111", "2222"] * 2


def test_a_limit_is_waited_out_where_the_service_says_it_is_short(app: Running) -> None:
    app.model.will(status=429, retry_after=0.3)
    app.model.will(text="等到了。")
    assert app.follower().say("问").seen == "等到了。"
    assert app.model.asked[1].at - app.model.asked[0].at >= 0.3


def test_a_key_that_was_refused_is_asked_again_after_a_restart_where_no_other_is_left(
    app: Running,
) -> None:
    app.model.will(status=401)
    assert app.follower().say("问").seen == APOLOGY
    app.restart()  # the operator has paid the bill
    app.model.will(text="账单付了。")
    assert app.follower().say("再问").seen == "账单付了。"


def test_keys_that_are_over_their_limit_rest_until_a_restart_finds_them_well(
    tmp_path: Path,
) -> None:
    with running(tmp_path, openai=TWO_KEYS) as app:
        app.model.will(times=2, status=429, retry_after=86400)
        assert app.follower().say("问").seen == APOLOGY
        assert app.follower().say("再问").seen == APOLOGY
        assert len(app.model.asked) == 2, "none is asked before its time"
        failure = app.one("SELECT failure FROM messages ORDER BY id DESC LIMIT 1")
        asked = f"{app.model.url}/chat/completions"
        limited = f"OverTheLimit (HTTP 429, {asked})"
        assert failure == f"NoKeyLeft: key {ONE}, key {TWO}: {limited}"
        assert app.all("SELECT role FROM history") == []
        app.restart()
        app.model.will(text="又好了。")
        assert app.follower().say("三问").seen == "又好了。", "a start finds out how it is by now"


def test_a_key_that_stays_over_its_limit_is_not_asked_for_ever(tmp_path: Path) -> None:
    with running(tmp_path, openai={"answer_seconds": 0.5}) as app:
        app.model.always(status=429, retry_after=0.05)
        assert app.follower().say("问").seen == APOLOGY
        assert len(app.model.asked) == 2


def test_a_lesson_that_fails_leaves_no_trace_in_what_comes_after(app: Running) -> None:
    app.model.always(text="好。")
    follower = app.follower()
    follower.say("先")
    app.model.will(times=2, status=500)
    assert follower.say("英语对话 点餐").seen == APOLOGY
    follower.say("后")
    [prompt, *said] = app.model.bodies[-1]["messages"]
    assert "点餐" not in prompt["content"]
    assert [turn["content"] for turn in said] == ["先", "好。", "后"]


def test_when_every_key_is_refused_the_log_says_which_and_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path, openai=TWO_KEYS) as app:
        app.model.will(status=429, retry_after=86400)
        app.model.always(status=401)
        assert app.follower().say("问").seen == APOLOGY
        app.model.always(text="好了。")
        asked = f"{app.model.url}/chat/completions"
    limited, refused = f"OverTheLimit (HTTP 429, {asked})", f"KeyRefused (HTTP 401, {asked})"
    assert f'reason="NoKeyLeft: key {ONE}: {limited}, key {TWO}: {refused}"' in caplog.text
    assert "1111" not in caplog.text
    assert "2222" not in caplog.text


@pytest.mark.parametrize("status", [401, 402, 429])
def test_of_a_key_that_cannot_be_used_everywhere_the_same_is_said(
    app: Running, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """By the answer's status a wrong key and one without credit are told apart."""
    app.model.always(status=status, retry_after=86400 if status == 429 else None)
    app.follower().say("问")
    said = [app.huixin.health.readiness()["model"]]
    for looks in (["show", "1"], ["--check"]):
        inspect.main(["--db", str(app.folder / "huixin.db"), *looks])
        said.append(re.sub(r"\s+", "", capsys.readouterr().out))
    for told in said:
        assert re.search(rf"HTTP ?{status}, ?{app.model.url}/chat/completions", told)
    assert said[2].count(f"HTTP{status},") == 2, "as what failed, and as what rests"


def test_each_key_that_fails_is_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path, openai=TWO_KEYS) as app:
        app.model.always(status=401)
        assert app.follower().say("问").seen == APOLOGY
    rests = [r.getMessage() for r in caplog.records if "key_rests" in r.getMessage()]
    assert [(f"key={ONE}" in rests[0]), (f"key={TWO}" in rests[1])] == [True, True]
    assert all("KeyRefused" in line for line in rests)


def test_the_log_holds_no_secret_and_no_followers_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with running(tmp_path, openai=TWO_KEYS) as app:
        app.model.will(text="机密的回答")
        app.model.will(status=401)
        app.model.will(text="断在这里", cut=2)
        for n in range(3):
            app.follower("o-very-secret").say(f"机密的问题{n}")
    assert caplog.records
    for secret in ("机密", "断在", "sk-first", "sk-second", "aToken1", "o-very-secret"):
        assert secret not in caplog.text


def test_a_locked_database_leaves_the_try_unanswered_and_the_next_one_works(app: Running) -> None:
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fate = app.follower(tries=1).say("问")
    assert fate.seen == GREY_LINE
    assert fate.tries[0].result == "dropped"
    gevent.sleep(0.3)  # longer than the server waits for the lock
    other.execute("ROLLBACK")
    other.close()
    app.model.always(text="又好了。")
    assert app.follower().say("再问").seen.startswith("又好了。")


def test_an_answer_that_cannot_be_saved_at_once_is_saved_later_and_not_paid_for_twice(
    app: Running,
) -> None:
    app.model.will(text="终于存下了。")
    with app.while_the_model_thinks():
        asked = gevent.spawn(app.follower(tries=1).say, "问")
        app.until_asked()
        other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    assert asked.get().seen == GREY_LINE
    other.execute("ROLLBACK")
    other.close()
    app.until(lambda: app.one("SELECT state FROM messages") == "REPLIED")
    assert app.follower().say("继续").seen == "终于存下了。"
    assert len(app.model.asked) == 1
