"""What the operator may change with `python -m store.inspect`, with and without a server."""

import json
import os
import pty
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import gevent
import pytest

from console import inspect
from fsm import moves
from fsm.text.texts import Wording
from fsm.transitions import Event, apply
from sandbox.follower import Outcome
from settings.schema import Secret, Settings, WeChat
from store import messages, processes, reading, voices
from store.errors import MessageMovedOn
from store.messages import Arrival, Message
from store.sqlite.database import SqliteDatabase
from store.voices import Lent
from tests import stored
from tests.conftest import MIGRATIONS, Clock
from tests.end_to_end.test_voice import Speaking
from tests.running import TRY, Running, running

NOT_STORED, NOT_CHANGED = 4, 6
APOLOGY = "抱歉，这次没能答上来，请稍后再问一次。"
WORDING = Wording.of(Settings(wechat=WeChat(token=Secret("token"))))
PATIENCE = 8.0  # seconds; the server looks every second

Ran = tuple[int, str, str]
Operator = Callable[..., Ran]


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Run a command line: exit code, standard output and error."""

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = inspect.main(["--db", str(tmp_path / "huixin.db"), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def until(happened: Callable[[], Any]) -> None:
    with gevent.Timeout(PATIENCE):
        while not happened():
            gevent.sleep(0.02)


def settled(app: Running, message_id: int = 1) -> Callable[[], Any]:
    return lambda: app.one(f"SELECT settled_at FROM messages WHERE id = {message_id}")


def roles(app: Running, message_id: int | None = None) -> list[str]:
    """Whose turns the history holds, in order."""
    of = f"WHERE message_id = {message_id}" if message_id else ""
    return app.all(f"SELECT role FROM history {of} ORDER BY id")


def log_of_moves(app: Running, message_id: int = 1) -> list[str]:
    select = "SELECT event || ' by ' || made_by FROM moves WHERE message_id = {} ORDER BY id"
    return [str(line) for line in app.all(select.format(message_id))]


def hang(app: Running, question: str = "问", **how: Any) -> "gevent.Greenlet[..., Outcome]":
    """A question that the model keeps to itself."""
    asked = len(app.model.asked)
    app.model.will(text="太晚了。", after=60)
    follower = gevent.spawn(app.follower(**how).say, question)
    until(lambda: len(app.model.asked) > asked)
    return follower


def test_a_message_that_hangs_in_the_model_is_asked_anew(app: Running, operator: Operator) -> None:
    hang(app, tries=1).get()
    app.model.will(text="这回好了。")
    code, said, _ = operator("retry", "1", "--yes")
    assert code == 0
    assert "GENERATING → RECEIVED" in said
    assert "within two seconds" in said
    until(settled(app))
    assert log_of_moves(app) == [
        "picked_up by server",
        "retried by operator",
        "picked_up by server",
        "answered by server",
    ]
    assert app.follower().say("继续").seen == "这回好了。"
    assert roles(app) == ["user", "assistant"]


def test_what_the_hung_call_brings_after_all_is_dropped(app: Running, operator: Operator) -> None:
    app.model.will(text="第一次的回答。", after=1.6)
    app.model.will(text="第二次的回答。", after=0.8)
    gevent.spawn(app.follower(tries=1).say, "问")
    until(lambda: app.model.asked)
    operator("retry", "1", "--yes")
    until(settled(app))
    assert app.one("SELECT answer FROM messages") == "第二次的回答。"
    assert len(app.model.asked) == 2


def test_a_failed_message_is_answered_after_all_and_its_apology_is_no_reply_any_more(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500)
    assert app.follower().say("问").seen == APOLOGY
    app.model.always(text="现在答得上来。")
    assert operator("retry", "1", "--yes")[0] == 0
    until(settled(app))
    assert app.follower().say("继续").seen == "现在答得上来。"
    assert log_of_moves(app)[1:3] == ["gave_up by server", "retried by operator"]


def test_an_apology_that_nobody_read_is_not_collected_any_more(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500, after=1.8 * TRY)
    app.follower().say("问")
    until(settled(app))
    app.model.always(text="这才是回答。", after=1.0)
    operator("retry", "1", "--yes")
    until(lambda: len(app.model.asked) == 3)
    assert app.follower().say("继续").seen == "这才是回答。"


def test_the_retried_turn_stands_at_the_end_of_the_history(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("甲")
    app.model.always(text="好。")
    app.follower().say("乙")
    operator("retry", "1", "--yes")
    until(settled(app))
    select = "SELECT role || ' ' || message_id FROM history ORDER BY id"
    assert app.all(select) == ["user 2", "assistant 2", "user 1", "assistant 1"]
    assert [turn["content"] for turn in app.model.bodies[-1]["messages"][1:]] == [
        "乙",
        "好。",
        "甲",
    ]


def test_a_failed_message_waits_until_a_newer_one_that_was_begun_is_settled(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("甲")
    app.model.will(text="乙的回答。", after=2.0)
    app.model.always(text="甲的回答。")
    gevent.spawn(app.follower(tries=1).say, "乙")
    until(lambda: len(app.model.asked) == 3)
    operator("retry", "1", "--yes")
    until(settled(app, 1))
    assert roles(app) == ["user", "assistant"] * 2
    assert app.model.questions == ["甲", "甲", "乙", "甲"]


def test_what_was_begun_stays_first_in_its_followers_queue_when_it_is_retried(
    app: Running, operator: Operator
) -> None:
    hang(app, "甲", tries=1)
    gevent.spawn(app.follower(tries=1).say, "乙")
    until(lambda: app.one("SELECT count(*) FROM messages") == 2)
    app.model.always(text="好。")
    operator("retry", "1", "--yes")
    until(settled(app, 2))
    assert app.model.questions == ["甲", "甲", "乙"]


def test_without_a_server_it_is_taken_up_at_the_next_start(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("问")
    app.stop()
    app.model.always(text="重启之后。")
    code, said, _ = operator("retry", "1", "--yes")
    assert code == 0
    assert "no server is running" in said
    app.start()
    until(settled(app))
    assert app.follower().say("继续").seen == "重启之后。"


def test_a_begun_message_comes_before_an_older_one_that_was_retried_also_after_a_restart(
    app: Running, operator: Operator
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("甲")
    hang(app, "乙", tries=1)
    app.stop()
    operator("retry", "1", "--yes")
    app.model.always(text="好。")
    app.start()
    until(settled(app, 1))
    assert app.model.questions == ["甲", "甲", "乙", "乙", "甲"]


def test_take_ups_are_counted_from_the_beginning(app: Running, operator: Operator) -> None:
    hang(app, tries=1).get()
    app.stop()
    later = time.time() + 600
    with sqlite3.connect(app.folder / "huixin.db") as db:
        db.execute("UPDATE messages SET take_ups = 20, resume_at = ?", (later,))
    db.close()
    operator("retry", "1", "--yes")
    app.model.always(text="好。")
    app.start()
    until(settled(app))
    assert app.one("SELECT state FROM messages") == "REPLIED"
    assert app.one("SELECT take_ups FROM messages") == 1


def test_the_other_process_that_owns_the_follower_takes_it_up(
    app: Running, operator: Operator
) -> None:
    other = Running(app.folder)
    other.model = app.model
    other.process = processes.Process("another process", app.process.host, app.process.pid)
    other.start()
    hang(app, tries=1).get()
    app.model.always(text="只答一次。")
    operator("retry", "1", "--yes")
    until(settled(app))
    gevent.sleep(1.2)  # a beat of both
    other.stop()
    assert len(app.model.asked) == 2


def test_a_settled_reply_is_not_retried(app: Running, operator: Operator) -> None:
    app.model.will(text="好。")
    app.follower().say("问")
    code, said, why = operator("retry", "1", "--yes")
    assert (code, said) == (NOT_CHANGED, "")
    assert why == "inspect: message 1 is REPLIED: there is nothing to do again\n"


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Speaking]:
    app = Speaking(tmp_path)
    for stand_in in (app.model, app.speech, app.wechat):
        stand_in.start()
    app.start()
    yield app
    app.stop()
    for stand_in in (app.model, app.speech, app.wechat):
        stand_in.stop()


def test_a_voice_that_hangs_is_made_anew_from_the_saved_text(
    speaking: Speaking, operator: Operator
) -> None:
    speaking.model.will(text="我很好，谢谢。")
    speaking.wechat.will_hang("material/add_material")
    gevent.spawn(speaking.ask, tries=1)
    until(lambda: speaking.all("SELECT state FROM messages") == ["SYNTHESIZING"])
    gevent.sleep(0.3)
    code, said, _ = operator("retry", "1", "--yes")
    assert code == 0
    assert "SYNTHESIZING → SYNTHESIZING" in said
    until(settled(speaking))
    assert speaking.one("SELECT reply_kind FROM messages") == "voice"
    assert len(speaking.model.asked) == 1, "it is not paid for twice"
    left = "SELECT count(*) FROM uploads WHERE media_id IS NULL"
    assert speaking.one(left) == 1, "what was cut is still to be looked for at WeChat"


def test_a_failed_one_whose_text_is_saved_does_not_ask_the_model_again(
    speaking: Speaking, operator: Operator
) -> None:
    speaking.model.will(text="我很好，谢谢。")
    speaking.wechat.will_hang("material/add_material")
    asked = gevent.spawn(speaking.ask)
    until(lambda: speaking.all("SELECT state FROM messages") == ["SYNTHESIZING"])
    operator("fail", "1", "--reason", "hangs", "--yes")
    assert asked.get().seen == APOLOGY
    assert speaking.follower().say("继续").seen != "我很好，谢谢。", "the apology was all of it"
    operator("retry", "1", "--yes")
    until(settled(speaking))
    assert speaking.one("SELECT state FROM messages WHERE id = 1") == "REPLIED"
    assert "我很好" not in speaking.model.questions
    assert log_of_moves(speaking)[2:] == [
        "gave_up by operator",
        "retried by operator",
        "picked_up by server",
        "answered_to_speak by server",
        "voice_uploaded by server",
        "voice_settled by server",
    ]
    assert roles(speaking, 1) == ["user", "assistant"]


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


def test_erasing_a_follower_while_one_of_their_messages_is_worked_on_leaves_nothing(
    app: Running, operator: Operator
) -> None:
    app.model.will(text="好。")
    app.follower().say("甲")
    app.follower("o-two").say("我也在")
    hang(app, "乙", tries=1)
    gevent.spawn(app.follower(tries=1).say, "丙")
    until(lambda: app.one("SELECT count(*) FROM messages") == 4)
    code, said, _ = operator("erase", "o-one", "--yes")
    assert code == 0
    assert "with 3 messages" in said
    until(lambda: not app.huixin.worker.unsettled())
    for table in ("messages", "followers"):
        assert app.one(f"SELECT count(*) FROM {table}") == 1
    for table in ("history", "moves", "tries"):
        assert app.one(f"SELECT count(*) FROM {table} WHERE message_id <> 2") == 0
    app.model.always(text="重新认识。")
    assert app.follower().say("又来了").seen == "重新认识。"
    assert len(app.model.bodies[-1]["messages"]) == 2, "nothing is remembered"


def test_a_voice_at_wechat_outlives_its_follower_until_it_is_deleted_there(
    db: SqliteDatabase, clock: Clock, operator: Operator
) -> None:
    def lend(db: Connection) -> Message:
        arrival = Arrival("gh", "o-one", "gh 1", "1", "voice", "你好")
        message, _ = messages.receive(db, arrival, at=clock())
        message = moves.pick_up(db, message, session_seconds=600, at=clock())
        message = moves.answer_to_speak(db, message, "我很好", at=clock())
        at = clock() + 600
        voices.begin_upload(db, message, name="one.mp3", permanent=True, delete_at=at)
        lent = Lent("one.mp3", "media", at + 86400)
        return moves.voice_uploaded(db, message, lent, 3, at=clock())

    db.write(lend)
    assert operator("erase", "o-one", "--yes")[0] == 0
    assert db.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0]) == 0
    [left] = db.read(voices.due, at=time.time(), most=5)
    assert left.media_id == "media"


def test_what_is_changed_by_others_while_the_operator_is_asked_is_left_alone(
    db: SqliteDatabase, clock: Clock
) -> None:
    arrival = Arrival("gh", "o-one", "gh 1", "1", "text", "你好")
    seen, _ = db.write(messages.receive, arrival, at=clock())
    db.write(apply, seen, Event.PICKED_UP, at=clock())
    with pytest.raises(MessageMovedOn):
        db.write(moves.retry, seen, at=clock())
    with pytest.raises(MessageMovedOn):
        db.write(moves.give_up, seen, "no", "sorry", at=clock(), made_by="operator")
    assert db.read(stored.moves, seen.id) == ["picked_up"]


def test_what_another_message_showed_of_an_apology_is_not_taken_for_read_of_the_answer(
    db: SqliteDatabase, clock: Clock
) -> None:
    def tell(db: Connection) -> list[Message]:
        at = clock()
        first, _ = messages.receive(db, Arrival("gh", "o", "1", "1", "text", "问"), at=at)
        moves.give_up(db, first, "no key", "抱歉", at=at)
        second, _ = messages.receive(db, Arrival("gh", "o", "2", "2", "text", "继续"), at=at)
        collected = moves.collect(db, second, WORDING, at=at)
        assert collected and collected.reply == "抱歉"
        number = reading.begin_try(db, second.id, at=at)
        again = moves.retry(db, messages.get(db, first.id), at=at)
        begun = moves.pick_up(db, again, session_seconds=600, at=at)
        moves.answer(db, begun, "回答在此", WORDING, at=at)
        reading.end_try(db, second.id, number, outcome="replied", at=at)
        third, _ = messages.receive(db, Arrival("gh", "o", "3", "3", "text", "继续"), at=at)
        return reading.unread(db, third, at=at)

    [unread] = db.write(tell)
    assert (unread.readable, unread.read_to) == ("回答在此", 0)


@pytest.mark.parametrize(
    "command", [["retry", "1"], ["fail", "1", "--reason", "no"], ["erase", "o"]]
)
def test_without_a_terminal_nothing_is_changed_unless_told_to(
    db: SqliteDatabase, clock: Clock, operator: Operator, command: list[str]
) -> None:
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=clock())
    before = db.read(lambda db: list(db.iterdump()))
    code, said, why = operator(*command)
    assert (code, said) == (NOT_CHANGED, "")
    assert why == "inspect: nobody to ask: say --yes to have it done\n"
    assert db.read(lambda db: list(db.iterdump())) == before


@pytest.mark.parametrize(
    "command", [["retry", "9"], ["fail", "9", "--reason", "n"], ["erase", "x"]]
)
def test_what_is_not_stored_cannot_be_changed(
    db: SqliteDatabase, operator: Operator, command: list[str]
) -> None:
    code, said, why = operator(*command, "--yes")
    assert (code, said) == (NOT_STORED, "")
    assert why.startswith("inspect: no ")
    assert why.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "code", "state"),
    [
        ("y\n", 0, "FAILED"),
        ("Yes\n", 0, "FAILED"),
        ("n\n", 6, "RECEIVED"),
        ("\n", 6, "RECEIVED"),
        ("\x04", 6, "RECEIVED"),
    ],
)
def test_on_a_terminal_it_says_what_it_would_do_and_asks(
    db: SqliteDatabase, clock: Clock, typed: str, code: int, state: str
) -> None:
    arrival = Arrival("gh", "o", "1", "1", "text", "\x1b[31m secret words")
    db.write(messages.receive, arrival, at=clock())
    outside, inside = pty.openpty()
    command = [sys.executable, "-m", "store.inspect", "--db", str(db.path)]
    with subprocess.Popen(
        [*command, "fail", "1", "--reason", "no"],
        cwd=MIGRATIONS.parent,
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as asking:
        os.write(outside, typed.encode())
        said, asked = asking.communicate(timeout=20)
    os.close(outside)
    os.close(inside)
    assert "Message 1 is RECEIVED for" in asked
    assert "Fail it? [y/N]" in asked
    assert "secret" not in asked + said
    assert asking.returncode == code
    assert db.read(messages.get, 1).state == state


def test_a_change_as_json_says_what_became_of_it(
    db: SqliteDatabase, clock: Clock, operator: Operator
) -> None:
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=clock())
    _, said, _ = operator("fail", "1", "--reason", "no", "--yes", "--json")
    assert json.loads(said) == {"message_id": 1, "from_state": "RECEIVED", "to_state": "FAILED"}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed(
    operator: Operator, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        operator("fail", "1", "--reason", reason, "--yes")
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_server_that_writes_all_the_time_lets_the_operator_in(
    app: Running, operator: Operator
) -> None:
    hang(app, tries=1)
    app.model.always(text="好。")

    def write_on() -> None:
        while True:
            app.huixin.db.write(lambda db: db.execute("UPDATE followers SET spoke_at = spoke_at"))

    writers = [gevent.spawn(write_on) for _ in range(20)]
    code, _, _ = operator("retry", "1", "--yes")
    gevent.killall(writers)
    assert code == 0
    until(settled(app))


def test_a_view_advises_the_doors(db: SqliteDatabase, operator: Operator) -> None:
    long_ago = time.time() - 600
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=long_ago)
    db.write(processes.beat, processes.Process.current(), at=time.time(), lease=60)
    _, said, _ = operator()
    assert "retry 1" in said
    operator("fail", "1", "--reason", "too long ago", "--yes")
    _, said, _ = operator("show", "1")
    assert "gave_up, by the operator" in said
    assert "operator: too long ago" in said
