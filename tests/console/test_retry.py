"""What hangs or has failed is done again with `python -m store.inspect retry`."""

import sqlite3
import time
from sqlite3 import Connection

import gevent

from fsm import moves
from store import messages, processes, tries, unread
from store.messages import Arrival, Message
from store.outcomes import Outcome
from store.sqlite.database import SqliteDatabase
from tests.conftest import BEAT, Clock
from tests.console.changing import (
    APOLOGY,
    NOT_CHANGED,
    Operator,
    hang,
    log_of_moves,
    roles,
    settled,
    until,
)
from tests.console.story import WORDING
from tests.running import Running
from tests.speaking import Speaking


def test_a_message_that_hangs_in_the_model_is_asked_anew(app: Running, operator: Operator) -> None:
    hang(app, tries=1, try_seconds=0.1).get()
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
    app.model.will(text="第一次的回答。", after=0.6)
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
    app.model.will(times=2, status=500)
    with app.while_the_model_thinks():
        app.follower(tries=1, try_seconds=0.3).say("问")
    until(settled(app))
    app.model.always(text="这才是回答。", after=0.5)
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
    app.model.will(text="乙的回答。")
    app.model.always(text="甲的回答。")
    with app.while_the_model_thinks():
        gevent.spawn(app.follower(tries=1).say, "乙")
        until(lambda: len(app.model.asked) == 3)
        operator("retry", "1", "--yes")
        gevent.sleep(4 * BEAT)
        assert app.model.questions == ["甲", "甲", "乙"]
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
    hang(app, tries=1, try_seconds=0.1).get()
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
    hang(app, tries=1, try_seconds=0.1).get()
    app.model.always(text="只答一次。")
    operator("retry", "1", "--yes")
    until(settled(app))
    gevent.sleep(4 * BEAT)  # at least one of both
    other.stop()
    assert len(app.model.asked) == 2


def test_a_settled_reply_is_not_retried(app: Running, operator: Operator) -> None:
    app.model.will(text="好。")
    app.follower().say("问")
    code, said, why = operator("retry", "1", "--yes")
    assert (code, said) == (NOT_CHANGED, "")
    assert why == "inspect: message 1 is REPLIED: there is nothing to do again\n"


def hangs(speaking: Speaking) -> bool:
    """Whether the upload has begun that WeChat does not answer."""
    return not len(speaking.wechat._behaviours)


def test_a_voice_that_hangs_is_made_anew_from_the_saved_text(
    speaking: Speaking, operator: Operator
) -> None:
    speaking.model.will(text="我很好，谢谢。")
    speaking.wechat.will_hang("material/add_material")
    gevent.spawn(speaking.ask, tries=1)
    until(lambda: hangs(speaking))
    assert speaking.all("SELECT state FROM messages") == ["SYNTHESIZING"]
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
    until(lambda: hangs(speaking))
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
        number = tries.begin(db, second.id, at=at)
        again = moves.retry(db, messages.get(db, first.id), at=at)
        begun = moves.pick_up(db, again, session_seconds=600, at=at)
        moves.answer(db, begun, "回答在此", WORDING, at=at)
        tries.end(db, second.id, number, outcome=Outcome.REPLIED, at=at)
        third, _ = messages.receive(db, Arrival("gh", "o", "3", "3", "text", "继续"), at=at)
        return messages.get_all(db, unread.collectable(db, third, at=at))

    [waits] = db.write(tell)
    assert (waits.readable, waits.read_to) == ("回答在此", 0)
