"""What a follower sees, try by try, over real sockets; WeChat's five seconds are shorter here."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from fsm.window import Window
from sandbox.wire import NothingToTap, tap, to_xml
from settings.schema import Texts
from tests.running import TRY, Running, running, tried_once
from tests.shown import EARLIER_WAITS, LATER_WAITS, MORE, REST, STILL_THINKING

LONG = "".join(f"第{n}句话说的是一件不大也不小的事情。" for n in range(60))


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window) as app:
        yield app


def without_footer(reply: str) -> str:
    """A reply's own text: what stands above the line that leads to the rest."""
    return re.split(rf"\n(?={REST}|{MORE}|{EARLIER_WAITS}|{LATER_WAITS})", reply)[0]


def test_a_question_is_answered_on_the_first_try_and_every_step_is_saved(app: Running) -> None:
    app.model.will(text="你好呀！")
    fate = app.follower().say("你好")
    assert fate.seen == "你好呀！"
    assert len(fate.tries) == 1
    assert app.all("SELECT event FROM moves ORDER BY id") == ["picked_up", "answered"]
    assert app.all("SELECT role FROM history ORDER BY id") == ["user", "assistant"]
    app.huixin.db.write(lambda db: None)  # after what the try left to be written
    assert app.all("SELECT outcome FROM tries") == ["replied"]


def test_a_question_is_read_and_asked_in_the_trip_to_the_database_that_stores_it(
    app: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where no other process is, nobody looks whether that one has left something."""
    reads, read = [], app.huixin.db.read

    def noting(work: Any, *args: Any, **kwargs: Any) -> Any:
        reads.append(getattr(work, "__name__", ""))
        return read(work, *args, **kwargs)

    monkeypatch.setattr(app.huixin.db, "read", noting)
    app.model.will(text="你好呀！")
    assert app.follower().say("你好").seen == "你好呀！"
    assert not {"prepare", "unfinished_of"} & set(reads)


def test_a_try_that_waited_to_be_accepted_is_answered_in_time(app: Running) -> None:
    """Its five seconds begin when it was sent: a server that starts finds such tries."""
    app.window = replace(app.window, tries=1)
    app.restart()
    app.model.will(text="来晚了。", after=2 * TRY)
    app.server.stop_accepting()
    asked = gevent.spawn(app.follower().say, "在吗")
    gevent.sleep(TRY / 2)
    app.server.start_accepting()
    assert STILL_THINKING in asked.get().seen
    assert len(asked.get().tries) == 1


def test_the_model_is_asked_with_what_was_said_before(app: Running) -> None:
    app.model.will(text="一。")
    app.model.will(text="二。")
    app.follower().say("甲")
    app.follower().say("乙")
    said = [(turn["role"], turn["content"]) for turn in app.model.bodies[-1]["messages"]]
    assert said[1:] == [("user", "甲"), ("assistant", "一。"), ("user", "乙")]
    assert said[0][0] == "system"


def test_an_answer_that_takes_two_tries_is_seen_on_the_second_and_asked_for_once(
    app: Running,
) -> None:
    app.model.will(text="想好了。")
    tried = Event()
    with app.while_the_model_thinks():
        asking = gevent.spawn(app.follower(on_try=lambda _: tried.set()).say, "难题")
        tried.wait()
    fate = asking.get()
    assert fate.seen == "想好了。"
    assert [one.result for one in fate.tries] == ["dropped", "reply"]
    assert len(app.model.asked) == 1


def test_past_the_window_the_follower_is_told_and_collects_the_answer_by_a_tap(
    app: Running,
) -> None:
    """Which waits through its own tries while the answer is being made."""
    app.model.will(text="终于想好了。")
    with app.while_the_model_thinks():
        fate = app.follower().say("更难的题")
        assert STILL_THINKING in fate.seen
        assert fate.delivered and fate.delivered.number == 3
        tried = Event()
        follower = app.follower(on_try=lambda _: tried.set())
        collecting = gevent.spawn(follower.say, tap(fate.seen))
        tried.wait()
    collected = collecting.get()
    assert collected.seen == "终于想好了。"
    assert len(collected.tries) > 1
    assert len(app.model.asked) == 1


def test_tries_that_found_no_server_count_by_wechats_own_clock(app: Running) -> None:
    """The server was started while they came: it would wait for one more, which never comes."""

    def told(age: int) -> bool:
        """Where it was written so many seconds ago."""
        follower = app.follower(f"o-{age}", tries=1)
        pushed = {"ToUserName": follower.account, "FromUserName": follower.open_id}
        pushed |= {"CreateTime": str(int(time.time()) - age), "MsgType": "text", "Content": "在吗"}
        return STILL_THINKING in follower.push(to_xml(pushed | {"MsgId": "1"})).seen

    with app.while_the_model_thinks():
        asking = {age: gevent.spawn(told, age) for age in (-5, 0, 5, 9, 11, 60)}
        seen = {age: one.get() for age, one in asking.items()}
    assert seen == {-5: False, 0: False, 5: False, 9: True, 11: True, 60: False}


@tried_once
def test_a_slow_stream_shows_what_there_is_at_the_end_and_the_rest_is_read_on(
    app: Running,
) -> None:
    pace = TRY / (len(LONG) / 4) * 1.5
    app.model.will(text=LONG, pace=pace)
    follower = app.follower()
    fate = follower.say("讲个长故事")
    assert MORE in fate.seen
    read = without_footer(fate.seen)
    assert len(read) > 50
    for _ in range(20):
        try:
            word = tap(fate.seen)
        except NothingToTap:
            break
        fate = follower.say(word)
        if STILL_THINKING not in fate.seen and fate.seen != Texts().nothing_more:
            read += without_footer(fate.seen)
    assert read == LONG
    assert len(app.model.asked) == 1


def test_a_long_answer_is_read_slice_by_slice_each_within_wechats_bytes(app: Running) -> None:
    app.model.will(text=LONG)
    follower = app.follower()
    fate = follower.say("讲个长故事")
    read = without_footer(fate.seen)
    while REST in fate.seen:
        assert len(fate.seen.encode()) <= 2000
        assert len(fate.seen) <= 500
        fate = follower.say(tap(fate.seen))
        read += without_footer(fate.seen)
    assert read == LONG


def test_three_tries_at_the_same_moment_cost_one_call_and_get_equal_replies(app: Running) -> None:
    app.model.will(text="只想一次。", after=0.1 * TRY)
    fate = app.follower(overlap=(0, 0, 0)).say("急")
    bodies = {one.body for one in fate.tries}
    assert len(fate.tries) == 3
    assert len(bodies) == 1
    assert "只想一次。".encode() in bodies.pop()
    assert len(app.model.asked) == 1


def test_a_message_posted_again_later_gets_the_same_reply_byte_for_byte(app: Running) -> None:
    app.model.will(text=LONG)
    follower = app.follower()
    first = follower.say("故事", msg_id="77")
    follower.say("继续")
    app.restart()
    again = app.follower().say("故事", msg_id="77")
    assert first.delivered and again.delivered
    assert again.delivered.body == first.delivered.body
    assert len(app.model.asked) == 1


@tried_once
def test_a_new_question_is_answered_itself_and_says_that_an_earlier_reply_waits(
    app: Running,
) -> None:
    app.model.will(text="迟到的回答。")
    app.model.will(text="新的回答。")
    follower = app.follower()
    with app.while_the_model_thinks():
        follower.say("旧问题")
    fate = follower.say("新问题")
    assert fate.seen.startswith("新的回答。")
    assert EARLIER_WAITS in fate.seen
    assert follower.say("继续").seen == "迟到的回答。"


@tried_once
def test_reading_on_behind_a_slow_question_goes_on_where_the_reading_was(
    app: Running,
) -> None:
    app.model.will(text=LONG)
    app.model.will(text="终于想好了。", after=60)
    follower = app.follower()
    read = without_footer(follower.say("讲长一点").seen)
    follower.say("还有呢")
    while len(read) < len(LONG):
        shown = follower.say("继续").seen
        assert LONG[len(read) :].startswith(without_footer(shown))
        assert "语音" not in shown
        read += without_footer(shown)
    assert read == LONG


@tried_once
def test_a_late_answer_waits_over_a_restart(app: Running) -> None:
    app.model.will(text="迟到的回答。")
    with app.while_the_model_thinks():
        app.follower().say("问题")
    app.until(lambda: app.one("SELECT state FROM messages") == "REPLIED")
    app.restart()
    assert app.follower().say("继续").seen == "迟到的回答。"
    assert len(app.model.asked) == 1


def test_what_a_restart_cut_is_asked_again_and_answered(app: Running) -> None:
    app.model.will(text="没说完的", after=60)
    app.model.will(text="重新想好了。")
    follower = app.follower(tries=1)
    asked = gevent.spawn(follower.say, "问题", msg_id="5")
    app.until_asked()
    app.restart()
    asked.get()
    assert app.follower().say("问题", msg_id="5").seen == "重新想好了。"
    assert len(app.model.asked) == 2
    assert app.all("SELECT role FROM history ORDER BY id") == ["user", "assistant"]


def test_a_followers_messages_are_answered_in_the_order_they_came(app: Running) -> None:
    app.model.will(text="一", after=0.5 * TRY)
    app.model.will(text="二")
    follower = app.follower()
    first = gevent.spawn(follower.say, "甲")
    app.until_asked()
    second = gevent.spawn(follower.say, "乙")
    assert (first.get().seen, second.get().seen) == ("一", "二")
    assert app.model.questions == ["甲", "乙"]
    assert len(app.model.bodies[1]["messages"]) == 4, "the second knows what the first was told"


def test_followers_do_not_wait_for_each_other(app: Running) -> None:
    app.model.will(text="慢", after=0.8 * TRY)
    app.model.will(text="快")
    slow = gevent.spawn(app.follower("o-slow").say, "甲")
    app.until_asked()
    quick = app.follower("o-quick").say("乙")
    assert quick.seen == "快"
    assert len(quick.tries) == 1 and not slow.ready()
    assert slow.get().seen == "慢"


@tried_once
def test_nobody_collects_somebody_elses_reply(app: Running) -> None:
    app.model.will(text="只给甲。")
    with app.while_the_model_thinks():
        app.follower("o-one").say("问题")
    assert app.follower("o-two").say("继续").seen == Texts().nothing_more
    assert app.follower("o-one").say("继续").seen == "只给甲。"


def test_two_followers_whose_messages_have_the_same_id_get_each_their_own_answer(
    app: Running,
) -> None:
    app.model.will(text="给甲的。")
    app.model.will(text="给乙的。")
    assert app.follower("o-one").say("甲问", msg_id="1").seen == "给甲的。"
    assert app.follower("o-two").say("乙问", msg_id="1").seen == "给乙的。"


def test_a_reply_that_no_try_carried_away_is_unread(app: Running) -> None:
    app.model.will(text="没人看到。", after=0.5 * TRY)
    follower = app.follower(try_seconds=0.2 * TRY, tries=1)
    assert follower.say("问题").seen != "没人看到。"
    app.until(lambda: app.one("SELECT state FROM messages") == "REPLIED")
    assert app.follower().say("继续").seen == "没人看到。"


def test_after_a_silence_a_new_conversation_begins(tmp_path: Path) -> None:
    with running(tmp_path, openai={"session_seconds": 0.1}) as app:
        app.follower().say("甲")
        gevent.sleep(0.25)
        app.follower().say("乙")
        assert len(app.model.bodies[-1]["messages"]) == 2


@pytest.mark.parametrize("stream", [True, False])
def test_the_answer_is_the_same_streamed_or_whole(tmp_path: Path, stream: bool) -> None:
    with running(tmp_path, openai={"stream_response": stream}) as app:
        app.model.will(text="同样的回答。")
        assert app.follower().say("问").seen == "同样的回答。"
        assert app.model.bodies[0]["stream"] is stream


def test_an_answer_that_ran_into_its_limit_says_so(app: Running) -> None:
    app.model.will(text="说到一半", finish_reason="length")
    assert app.follower().say("问").seen == f"说到一半\n{Texts().cut_by_length}"


def test_a_stop_lets_open_tries_end_and_leaves_the_rest_saved(tmp_path: Path) -> None:
    with running(tmp_path, server={"stop_seconds": 2.0}) as app:
        app.window, app.try_seconds = Window(), Window().try_seconds  # as long as WeChat's
        app.restart()
        app.model.will(text="赶上了。", after=0.5 * TRY)
        asked = gevent.spawn(app.follower().say, "问")
        app.until_asked()
        app.restart()
        assert asked.get().seen == "赶上了。"


def test_recognition_that_wechat_gives_is_a_question_like_any_other(app: Running) -> None:
    app.model.will(text="听到了。")
    assert app.follower().send_voice(recognition="你听到了吗").seen == "听到了。"
    assert app.model.questions == ["你听到了吗"]


def test_the_url_check_is_answered_with_its_echo(app: Running) -> None:
    assert app.follower().verify_url()
    app.url += "/"
    assert app.follower().verify_url()
