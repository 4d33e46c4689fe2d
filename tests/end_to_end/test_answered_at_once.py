"""What needs no model is answered at once, also in the midst of an answer; else it is collected."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from fsm.window import Window
from sandbox.follower import Fate
from sandbox.wire import new_msg_id
from settings.schema import Texts
from settings.sections.personas import Persona
from settings.sections.replies import ReplyRule
from tests import speaking
from tests.conftest import CLIPS
from tests.end_to_end.test_commands import elements
from tests.running import WINDOW, Running, running, tried_once
from tests.shown import STILL_THINKING
from tests.speaking import Speaking, running_with_speech, wait_for

BRIEF = 0.6  # seconds of a try that has only to be told that its answer takes longer
REPLIES = (
    ReplyRule(words=("营业时间",), text=("九点到五点。",)),
    ReplyRule(words=("照片",), image=("a-picture",)),
    ReplyRule(click=("V1",), text=("点了一。",)),
)
PERSONAS = {
    "老王": Persona(prompt="你是老王。", greeting="我是老王。"),
    "小美": Persona(prompt="你是小美。"),
}


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window, replies=REPLIES, personas=PERSONAS) as app:
        yield app


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "said-16k")
        app.sections["azure"] |= {"trans_to_voice": False}
        app.window = replace(WINDOW, margin=BRIEF / 2)
        app.tries_last(BRIEF, tries=1)
        yield app


def asked(app: Running, words: str = "问题") -> "gevent.Greenlet[..., Fate]":
    """A question whose answer is being written from now on."""
    before = len(app.model.asked)
    asking = gevent.spawn(app.follower().say, words)
    wait_for(lambda: len(app.model.asked) > before)
    return asking


def settled(app: Running) -> bool:
    """Whether nothing is unfinished."""
    return app.all("SELECT 1 FROM messages WHERE settled_at IS NULL") == []


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("菜单", "蓝色的字"),
        ("新对话", "重新开始"),
        ("角色 老王", "我是老王"),
        ("角色", "想和谁聊"),
        ("营业时间", "九点到五点。"),
        ("英语对话", Texts().lesson_topic),
        ("语音 开", Texts().no_voice),
        ("【收到不支持的消息类型，暂无法显示】", "表情"),
    ],
)
def test_in_the_midst_of_an_answer(app: Running, words: str, seen: str) -> None:
    app.model.will(text="答了。")
    app.model_may_speak.clear()
    asking = asked(app)
    fate = app.follower().say(words)
    assert seen in fate.seen and len(fate.tries) == 1
    assert not asking.ready(), "before the answer"
    app.model_may_speak.set()
    assert asking.get().seen == "答了。"
    assert app.model.questions == ["问题"]


def test_what_is_no_text_is_answered_in_the_midst_of_an_answer(app: Running) -> None:
    app.model.will(text="答了。")
    app.model_may_speak.clear()
    asking = asked(app)
    picture = elements("image", new_msg_id(), "<PicUrl>http://x/</PicUrl><MediaId>m</MediaId>")
    assert "图片" in app.follower("o-one").push(picture).seen
    assert app.follower().send_event("CLICK", "V1").seen == "点了一。"
    assert b"a-picture" in app.follower().say("照片").tries[0].body
    assert not asking.ready()
    app.model_may_speak.set()
    assert asking.get().seen == "答了。"


def test_a_new_conversation_in_the_midst_of_an_answer_leaves_that_in_the_old_one(
    app: Running,
) -> None:
    app.model.will(text="旧的答案。")
    with app.while_the_model_thinks():
        asking = asked(app, "旧的问题")
        app.follower().say("新对话")
        following = gevent.spawn(app.follower().say, "新的问题")
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 3)
    following.get()
    assert asking.get().seen == "旧的答案。", "who waits for it gets it"
    assert [turn["content"] for turn in app.model.bodies[-1]["messages"][1:]] == ["新的问题"]


@tried_once
def test_what_was_promised_before_a_new_conversation_is_put_away_with_it(
    app: Running,
) -> None:
    app.model.will(text="旧的答案。")
    app.model_may_speak.clear()
    assert STILL_THINKING in app.follower().say("旧的问题").seen
    app.follower().say("新对话")
    app.model_may_speak.set()
    wait_for(lambda: settled(app))
    assert app.follower().say("继续").seen == Texts().nothing_more


@tried_once
def test_what_is_promised_after_a_new_conversation_can_be_collected(app: Running) -> None:
    app.model.will(text="旧的答案。")
    app.model_may_speak.clear()
    asking = asked(app, "旧的问题")
    app.follower().say("新对话")
    assert STILL_THINKING in asking.get().seen
    app.model_may_speak.set()
    assert app.follower().say("继续").seen == "旧的答案。"


@tried_once
def test_what_is_promised_while_a_new_conversation_waits_for_its_turn_can_be_collected(
    app: Running,
) -> None:
    for answer in ("早就没人要的。", "甲的答案。", "乙的答案。"):
        app.model.will(text=answer)
    app.model_may_speak.clear()
    assert STILL_THINKING in app.follower().say("很旧的问题").seen
    app.model_may_speak.set()
    wait_for(lambda: settled(app))
    app.model_may_speak.clear()
    asking = []
    for words in ("甲", "乙", "新对话"):
        asking.append(gevent.spawn(app.follower().say, words))
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 1 + len(asking))
    assert [STILL_THINKING in one.get().seen for one in asking] == [True] * 3
    app.model_may_speak.set()
    wait_for(lambda: settled(app))
    seen = [app.follower().say("继续", menu_id="1").seen.split("\n")[0] for _ in range(4)]
    assert sorted(seen[:3]) == sorted([Texts().reset_done, "乙的答案。", "甲的答案。"])
    assert seen[3] == Texts().nothing_more, "what was promised before it is put away with it"
    assert app.model.questions == ["很旧的问题", "甲", "乙"]


def test_a_question_that_fails_behind_a_new_conversation_does_not_bring_the_old_one_back(
    app: Running,
) -> None:
    app.follower().say("很旧的话")
    app.model.will(status=400)
    app.model_may_speak.clear()
    asking = asked(app, "旧的问题")
    app.follower().say("新对话")
    app.model_may_speak.set()
    asking.get()
    app.follower().say("新的问题")
    assert [turn["content"] for turn in app.model.bodies[-1]["messages"][1:]] == ["新的问题"]


def test_a_lesson_that_is_asked_of_again_after_a_new_conversation_does_not_end_in_a_summary(
    app: Running,
) -> None:
    app.follower().say("英语对话 点餐")
    app.model.will(text="Too late.", after=60)
    asking = gevent.spawn(app.follower().say, "I want pizza", msg_id="7")
    wait_for(lambda: len(app.model.asked) == 2)
    app.follower().say("新对话")
    app.restart()
    asking.get()
    wait_for(lambda: len(app.model.asked) == 3)
    told, *said = app.model.bodies[-1]["messages"]
    assert "“点餐”" in told["content"] and said[-1]["content"] == "I want pizza"


def test_who_is_asked_stays_who_was_chosen_when_it_was(app: Running) -> None:
    app.follower().say("角色 老王")
    app.model.will(text="太晚了", after=60)
    asking = gevent.spawn(app.follower().say, "问题", msg_id="7")
    wait_for(lambda: len(app.model.asked) == 1)
    app.follower().say("角色 小美")
    app.restart()
    asking.get()
    wait_for(lambda: len(app.model.asked) == 2)
    assert "老王" in app.model.bodies[-1]["messages"][0]["content"]


@tried_once
@pytest.mark.parametrize("words", ["新对话", "角色 老王"])
def test_behind_a_question_that_has_not_begun_it_has_its_turn_and_is_collected(
    app: Running, words: str
) -> None:
    app.model.will(text="甲的答案。")
    app.model.will(text="乙的答案。")
    app.model_may_speak.clear()
    first = asked(app, "甲")
    second = gevent.spawn(app.follower().say, "乙")
    wait_for(lambda: app.one("SELECT count(*) FROM messages") == 2)
    assert STILL_THINKING in app.follower().say(words).seen
    gevent.joinall([first, second])
    app.model_may_speak.set()
    wait_for(lambda: settled(app))
    assert [turn["content"] for turn in app.model.bodies[-1]["messages"][1:]][-1] == "乙"
    assert len(app.model.bodies[-1]["messages"]) == 4, "the question before it is of the old one"
    said = "重新开始" if words == "新对话" else "我是老王"
    seen = [app.follower().say("继续").seen]
    while said not in seen[-1] and len(seen) < 3:
        seen.append(app.follower().say("继续").seen)
    assert said in seen[-1], seen
    assert app.model.questions == ["甲", "乙"]


def test_who_asks_for_more_again_and_again_still_gets_what_needs_no_turn(app: Running) -> None:
    app.model.will(text="答了。")
    app.model_may_speak.clear()
    asking = [asked(app)]
    for _ in range(app.settings().limits.follower_queue + 2):
        asking.append(gevent.spawn(app.follower().say, "继续"))
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == len(asking))
    assert Texts().too_many_waiting in asking[-1].get().seen
    for words, seen in (("菜单", "蓝色的字"), ("营业时间", "九点到五点。")):
        assert seen in app.follower().say(words).seen
    anew = gevent.spawn(app.follower().say, "新对话")
    wait_for(lambda: app.one("SELECT count(*) FROM messages") == len(asking) + 3)
    assert not asking[0].ready()
    app.model_may_speak.set()
    assert Texts().too_many_waiting not in anew.get().seen
    gevent.joinall(asking)
    assert app.model.questions == ["问题"]


def test_what_a_slow_answer_holds_up_is_promised_and_collected(hearing: Speaking) -> None:
    """A voice has to be heard, in its turn: nothing of it is lost."""
    hearing.model.will(text="答了。")
    hearing.model_may_speak.clear()
    asking = asked(hearing)
    hearing.speech.will_recognize("菜单")
    assert STILL_THINKING in hearing.follower().send_voice(media_id="said").seen
    assert STILL_THINKING in asking.get().seen
    hearing.model_may_speak.set()
    wait_for(lambda: settled(hearing))
    seen = [hearing.follower().say("继续").seen for _ in range(2)]
    assert sorted("蓝色的字" in one for one in seen) == [False, True], seen
    assert any(one.startswith("答了。") for one in seen), seen
    assert hearing.model.questions == ["问题"]


def test_a_voice_that_nobody_understands_is_told_so_behind_a_slow_answer(
    hearing: Speaking,
) -> None:
    hearing.model.will(text="答了。")
    hearing.model_may_speak.clear()
    asking = asked(hearing)
    hearing.wechat.store_media(b"no sound at all", "noise-16k")
    assert STILL_THINKING in hearing.follower().send_voice(media_id="noise").seen
    asking.get()
    hearing.model_may_speak.set()
    wait_for(lambda: settled(hearing))
    seen = [hearing.follower().say("继续").seen for _ in range(2)]
    assert {"答了。", Texts().not_heard} == {one.split("\n")[0] for one in seen}


def test_a_picture_that_a_voice_asks_for_is_collected_as_one(hearing: Speaking) -> None:
    hearing.sections["replies"] = REPLIES
    hearing.restart()
    hearing.model.will(text="答了。")
    hearing.model_may_speak.clear()
    asking = asked(hearing)
    hearing.speech.will_recognize("照片")
    hearing.follower().send_voice(media_id="said")
    asking.get()
    hearing.model_may_speak.set()
    wait_for(lambda: settled(hearing))
    bodies = [hearing.follower().say("继续").tries[-1].body for _ in range(2)]
    assert sum(b"<Image><MediaId><![CDATA[a-picture]]>" in (body or b"") for body in bodies) == 1


def test_what_waits_besides_does_not_stand_in_the_way_of_the_last_voice(
    hearing: Speaking,
) -> None:
    hearing.sections["azure"] |= {"trans_to_voice": True}
    hearing.window = speaking.WINDOW
    hearing.tries_last(speaking.TRY)
    hearing.model.will(text="说出来的。")
    assert hearing.ask("你好").media_id
    hearing.wechat.store_media(b"no sound at all", "noise-16k")
    assert hearing.follower().send_voice(media_id="noise").seen == Texts().not_heard
    assert hearing.follower().say("文字").seen == "说出来的。"
