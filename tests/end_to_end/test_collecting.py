"""What 继续, 新对话 and 文字 do with answers that are not read to their end."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from console.views import uncollected
from console.views.conversation import ModelContext, look
from fsm.window import Window
from sandbox.wire import tap
from settings.schema import Texts
from settings.sections.personas import Persona
from tests.running import ONE_TRY, TRY, Running, running, tried_once
from tests.shown import EARLIER_WAITS, LATER_WAITS, MORE, REST, STILL_THINKING, VOICE_LATER
from tests.speaking import Speaking, running_with_speech, wait_for

NOTHING_MORE = Texts().nothing_more
PERSONAS = {"小美": Persona(prompt="你是小美。"), "老王": Persona(prompt="你是老王。")}


def long(name: str, sentences: int = 60) -> str:
    return "".join(f"{name}的第{n}句话不大也不小。" for n in range(sentences))


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window) as app:
        yield app


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app


def bare(seen: str) -> str:
    """A reply without the line that leads on."""
    return re.split(rf"\n(?={REST}|{MORE}|{EARLIER_WAITS}|{LATER_WAITS})", seen)[0]


def read_on(app: Running) -> list[str]:
    """All that 继续 brings, until there is nothing more."""
    app.model.will(text="没有了。")
    seen = []
    while (said := app.follower().say("继续").seen) not in ("没有了。", NOTHING_MORE):
        seen.append(said)
    return seen


def test_continue_goes_on_with_what_was_shown_last_and_then_with_earlier_ones(
    app: Running,
) -> None:
    for name in ("甲", "乙", "丙"):
        app.model.will(text=long(name))
    shown = {name: bare(app.follower().say(f"说说{name}").seen) for name in ("甲", "乙", "丙")}
    seen = read_on(app)
    for said in seen:
        name = said[0]
        shown[name] += bare(said)
    assert [said[0] for said in seen] == sorted((s[0] for s in seen), key="丙乙甲".index)
    assert shown == {name: long(name) for name in ("甲", "乙", "丙")}
    last_of = {said[0]: said for said in seen}
    assert EARLIER_WAITS in last_of["丙"] and EARLIER_WAITS in last_of["乙"]
    assert EARLIER_WAITS not in last_of["甲"]


def test_the_word_is_known_however_it_comes_and_a_sentence_with_it_is_a_question(
    app: Running,
) -> None:
    app.model.will(text=long("甲", 400))
    seen = app.follower().say("说说甲").seen
    for word in ("“继续”", "繼續", "请继续吧～", "继续👍", "ＭＯＲＥ", "接着说呀。", tap(seen)):
        seen = app.follower().say(word).seen
        assert seen.startswith("甲的"), word
    for recognition in ("继续。", "继续吧。", "繼續！"):
        seen = app.follower().send_voice(recognition=recognition).seen
        assert seen.startswith("甲的"), recognition
    assert app.model.questions == ["说说甲"]
    app.follower().say("继续教育是什么")
    app.follower().say("“继续”是什么意思")
    assert len(app.model.questions) == 3


@tried_once
def test_reading_goes_on_where_it_was_though_a_later_answer_is_ready(app: Running) -> None:
    app.model.will(text=long("甲", 90))
    app.model.will(text="乙的回答。")
    follower = app.follower()
    read = bare(follower.say("说说甲").seen)
    with app.while_the_model_thinks():
        asked = gevent.spawn(app.follower(tries=3).say, "说说乙")
        wait_for(lambda: len(app.model.asked) == 2)
        on = follower.say("继续").seen
        asked.get()
    assert on.startswith("甲的")
    read += bare(on)
    wait_for(lambda: app.one("SELECT count(*) FROM messages WHERE state = 'GENERATING'") == 0)
    seen = read_on(app)
    assert read + "".join(bare(said) for said in seen[:-1]) == long("甲", 90)
    assert LATER_WAITS in seen[-2] and EARLIER_WAITS not in seen[-2]
    assert seen[-1] == "乙的回答。"


@tried_once
def test_a_late_answer_comes_before_an_earlier_one_that_was_left(app: Running) -> None:
    app.model.will(text=long("甲"))
    app.model.will(text="乙的回答。")
    app.follower().say("说说甲")
    with app.while_the_model_thinks():
        assert STILL_THINKING in app.follower().say("说说乙").seen
    wait_for(lambda: app.one("SELECT count(*) FROM messages WHERE state = 'GENERATING'") == 0)
    seen = app.follower().say("继续").seen
    assert seen.startswith("乙的回答。") and EARLIER_WAITS in seen
    assert app.follower().say("继续").seen.startswith("甲的")


def test_an_earlier_answer_is_told_of_once(app: Running) -> None:
    app.model.will(text=long("甲"))
    app.follower().say("说说甲")
    seen = [app.follower().say(f"问题{n}").seen for n in range(3)]
    assert [EARLIER_WAITS in said for said in seen] == [True, False, False]
    app.model.will(text=long("乙"))
    app.follower().say("说说乙")
    assert EARLIER_WAITS in app.follower().say("问题").seen, "this one was not told of yet"
    assert EARLIER_WAITS not in app.follower().say("问题").seen
    app.restart()
    assert EARLIER_WAITS not in app.follower().say("问题").seen


def test_a_line_that_nobody_was_brought_is_said_again(app: Running) -> None:
    app.model.will(text=long("甲"))
    app.follower().say("说说甲")
    app.model.will(text="乙的回答。", after=0.5 * TRY)
    app.follower(tries=1, try_seconds=0.2 * TRY).say("说说乙")
    wait_for(lambda: app.one("SELECT count(*) FROM messages WHERE state = 'GENERATING'") == 0)
    assert EARLIER_WAITS in app.follower().say("说说丙").seen


@pytest.mark.parametrize("word", ["新对话", "“新對話”。", "／ＮＥＷ"])
def test_a_new_conversation_puts_away_what_is_unread(app: Running, word: str) -> None:
    for name in ("甲", "乙"):
        app.model.will(text=long(name))
        app.follower().say(f"说说{name}")
    assert "重新开始" in app.follower().say(word).seen
    app.model.will(text=long("丙"))
    assert app.follower().say("继续").seen == NOTHING_MORE
    assert EARLIER_WAITS not in app.follower().say("说说丙").seen
    assert app.follower().say("继续").seen.startswith("丙的")
    assert uncollected_of(app) == 0


def test_a_new_conversation_is_the_followers_own(app: Running) -> None:
    for who in ("o-one", "o-two"):
        app.model.will(text=long("甲"))
        app.follower(who).say("说说甲")
    app.follower("o-one").say("新对话")
    assert app.follower("o-two").say("继续").seen.startswith("甲的")


def uncollected_of(app: Running) -> int:
    """How many answers the operator is told of, once WeChat has given up on all of them."""
    app.huixin.db.write(lambda db: None)  # after what the tries left to be written
    at = app.huixin.db.clock() + 20
    count = app.huixin.db.read(uncollected.count_uncollected, at=at)
    found = app.huixin.db.read(uncollected.uncollected, at=at, limit=10)
    about = app.huixin.db.read(look, 1, lambda _: ModelContext(), at=at, limit=5, texts=False)
    assert len(found) == len(about.unread) == count
    return count


def test_a_voice_that_was_only_read_is_unread_for_everybody(speaking: Speaking) -> None:
    speaking.window = replace(speaking.window, tries=1)
    speaking.restart()
    speaking.wechat.upload_seconds = 1.2  # more than the window has
    assert VOICE_LATER in speaking.ask("你好吗").seen
    wait_for(lambda: speaking.one("SELECT state FROM messages") == "REPLIED")
    assert uncollected_of(speaking) == 1
    assert speaking.follower().say("继续").media_id
    assert uncollected_of(speaking) == 0


@pytest.mark.parametrize("word", ["文字", "“文字”", "请转文字。", "看文字吧"])
def test_a_spoken_answer_can_be_read(speaking: Speaking, word: str) -> None:
    speaking.model.will(text="今天晴。")
    assert speaking.ask("今天天气").media_id
    assert speaking.follower().say(word).seen == "今天晴。"
    assert len(speaking.model.asked) == 1


def test_a_long_spoken_answer_is_read_slice_by_slice(speaking: Speaking) -> None:
    answer = "。".join(f"第{n}句" for n in range(20)) + "。"
    speaking.sections["openai"] = {"rsize": 60}
    speaking.restart()
    speaking.model.will(text=answer)
    assert speaking.ask("说长一点").media_id
    seen = speaking.follower().say("文字").seen
    assert seen.startswith("第0句。")
    read = bare(seen)
    while REST in seen:
        seen = speaking.follower().say("继续").seen
        read += bare(seen)
    assert read == answer


def test_the_word_for_text_is_free_where_nothing_was_spoken(speaking: Speaking) -> None:
    assert "没有语音回答" in speaking.follower().say("文字").seen
    speaking.model.will(text="甲。")
    speaking.follower().say("问题")
    assert "没有语音回答" in speaking.follower().say("文字").seen
    assert speaking.model.questions == ["问题"]


def test_where_nothing_is_ever_spoken_the_menu_does_not_offer_to_read_it(app: Running) -> None:
    seen = app.follower().say("菜单").seen
    assert "新对话" in seen and "文字" not in seen.split("：\n")[1]
    assert Texts().no_voice in app.follower().say("文字").seen
    assert app.model.questions == []


def test_asking_for_more_is_let_in_while_the_queue_is_full(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "follower_queue": 2}) as app:
        asked = []
        with app.while_the_model_thinks():
            for words in ("甲", "乙", "丙", "继续", "丁"):
                asked.append(gevent.spawn(app.follower().say, words))
                wait_for(lambda: app.one("SELECT count(*) FROM messages") == len(asked))
        seen = [greenlet.get().seen for greenlet in asked]
        assert Texts().too_many_waiting not in seen[3]
        assert Texts().too_many_waiting in seen[4], "of the questions there are as many as before"
        assert app.model.questions[:3] == ["甲", "乙", "丙"]


def test_typed_after_an_answer_that_was_read_whole_it_is_a_question_and_counts(
    tmp_path: Path,
) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "daily_follower": 2}) as app:
        for words in ("讲个故事", "继续"):
            app.follower().say(words)
            wait_for(lambda: app.one("SELECT count(*) FROM tries WHERE ended_at IS NULL") == 0)
        assert Texts().daily_follower in app.follower().say("继续").seen
        assert app.model.questions == ["讲个故事", "继续"]


@pytest.mark.parametrize("before", [(), ("菜单",), ("新对话",), ("问题", "我的"), ("问题", "文字")])
def test_where_the_model_has_not_just_been_read_it_is_free(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    with running(tmp_path, limits={"gap_seconds": 100, "gaps": 1, "daily_follower": 1}) as app:
        for words in before:
            app.follower().say(words)
        asked = len(app.model.asked)
        for _ in range(3):
            assert app.follower().say("继续").seen == NOTHING_MORE
        assert len(app.model.asked) == asked
        assert app.one("SELECT sum(counts) FROM messages") == asked


def test_a_tapped_one_is_never_a_question(app: Running) -> None:
    app.follower().say("讲个故事")
    assert app.follower().say("继续", menu_id="1").seen == NOTHING_MORE
    assert app.model.questions == ["讲个故事"]


def test_after_a_silence_that_ends_the_conversation_it_is_free(app: Running) -> None:
    app.follower().say("讲个故事")
    app.huixin.db.write(lambda db: db.execute("UPDATE messages SET settled_at = settled_at - 601"))
    assert app.follower().say("继续").seen == NOTHING_MORE
    assert app.model.questions == ["讲个故事"]


def test_after_the_summary_of_a_lesson_there_is_nothing_to_go_on_from(app: Running) -> None:
    for words in ("英语对话 点餐", "下课"):
        app.follower().say(words)
    asked = len(app.model.asked)
    assert app.follower().say("继续").seen == NOTHING_MORE
    assert len(app.model.asked) == asked


@pytest.mark.parametrize("word", ["新对话", "角色 老王"])
def test_what_was_read_of_an_earlier_conversation_is_not_to_be_gone_on_with(
    tmp_path: Path, word: str
) -> None:
    with running(tmp_path, window=ONE_TRY, personas=PERSONAS) as app:
        app.model.will(text="旧的答案。")
        with app.while_the_model_thinks():
            asking = gevent.spawn(app.follower().say, "旧的问题")
            wait_for(lambda: len(app.model.asked) == 1)
            app.follower().say(word)
            asking.get()
        assert app.follower().say("继续").seen == "旧的答案。"
        assert app.follower().say("继续").seen == NOTHING_MORE
        assert app.model.questions == ["旧的问题"]


@tried_once
def test_who_was_promised_more_of_what_is_all_there_asks_nobody(app: Running) -> None:
    app.model.will(text="好的。", pace=TRY)
    assert MORE in app.follower().say("问题").seen
    assert app.follower().say("继续").seen == NOTHING_MORE, "the stream has come to its end"
    assert app.follower().say("继续").seen == NOTHING_MORE
    assert app.model.questions == ["问题"]
    assert app.one("SELECT sum(counts) FROM messages") == 1
