"""What is stuck is ended with `python -m store.inspect fail`, and its follower told."""

import time
from dataclasses import replace

import gevent
import pytest

from tests.console.changing import (
    APOLOGY,
    NOT_CHANGED,
    Operator,
    hang,
    log_of_moves,
    settled,
    until,
)
from tests.running import Running


def test_failing_a_message_wakes_the_try_that_waits_for_it(
    app: Running, operator: Operator
) -> None:
    app.window = replace(app.window, try_seconds=6.0, tries=1)
    app.restart()
    asked = hang(app, tries=1, try_seconds=6.0)
    began = time.monotonic()
    code, said, _ = operator("fail", "1", "--reason", "asked for\nnonsense", "--yes")
    assert (code, said) == (0, "Message 1: GENERATING → FAILED.\n")
    assert asked.get().seen == APOLOGY
    assert time.monotonic() - began < 4.0
    assert app.one("SELECT failure FROM messages") == "operator: asked for\nnonsense"
    assert app.all("SELECT role FROM history") == []
    assert log_of_moves(app)[-1] == "gave_up by operator"


def test_the_next_message_of_the_follower_goes_on_after_one_that_the_operator_failed(
    app: Running, operator: Operator
) -> None:
    hang(app, "甲", tries=1)
    gevent.spawn(app.follower(tries=1).say, "乙")
    until(lambda: app.one("SELECT count(*) FROM messages") == 2)
    app.model.always(text="好。")
    operator("fail", "1", "--reason", "stuck", "--yes")
    until(settled(app, 2))
    assert app.one("SELECT state FROM messages WHERE id = 2") == "REPLIED"


def test_one_that_waits_in_a_queue_can_be_failed(app: Running, operator: Operator) -> None:
    hang(app, "甲", tries=1)
    gevent.spawn(app.follower(tries=1).say, "乙")
    until(lambda: app.one("SELECT count(*) FROM messages") == 2)
    operator("fail", "2", "--reason", "no", "--yes")
    app.model.always(text="好。")
    operator("retry", "1", "--yes")
    until(settled(app, 1))
    gevent.sleep(0.2)
    assert app.model.questions == ["甲", "甲"]
    assert app.one("SELECT take_ups FROM messages WHERE id = 2") == 0


def test_a_failed_message_is_not_failed_again(app: Running, operator: Operator) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("问")
    code, _, why = operator("fail", "1", "--reason", "no", "--yes")
    assert (code, why) == (NOT_CHANGED, "inspect: message 1 is FAILED already\n")


def test_the_apology_is_the_one_of_the_settings(app: Running, operator: Operator) -> None:
    config = app.folder / "my.yml"
    config.write_text("wechat: {token: abc}\nopenai: {api_keys: [k]}\ntexts: {apology: 对不住}\n")
    hang(app, tries=1)
    operator("--config", str(config), "fail", "1", "--reason", "no", "--yes")
    assert app.one("SELECT reply FROM messages") == "对不住"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed(
    operator: Operator, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        operator("fail", "1", "--reason", reason, "--yes")
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
