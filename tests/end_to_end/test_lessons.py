"""English lessons: topics and levels to choose from, and a summary at their end."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from integrations.wechat.protocol import REPLY_BYTES
from sandbox.wire import tap
from settings.schema import Texts
from settings.sections.lessons import LEVELS, LessonSettings
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.running import Running, running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def prompt(app: Running, call: int = -1) -> str:
    """What the model was told first."""
    told: dict[str, Any] = app.model.bodies[call]["messages"][0]
    assert told["role"] == "system"
    return str(told["content"])


def said(app: Running) -> list[str]:
    """What the model was told after that, the last time."""
    return [turn["content"] for turn in app.model.bodies[-1]["messages"][1:]]


def read(text: str) -> str:
    """A text as it is read: without what its links send."""
    return re.sub("<[^>]*>", "", text)


def test_without_a_topic_all_topics_and_levels_are_there_to_be_tapped(app: Running) -> None:
    seen = app.follower().say("英语对话").seen
    assert len(seen.encode()) <= REPLY_BYTES
    for topic in LessonSettings().topics:
        assert tap(seen, topic) == f"英语对话 {topic}"
    for level in LEVELS:
        assert tap(seen, level) == f"英语对话 {level}"
    assert app.model.asked == []
    app.follower().say(tap(seen, "机场"))
    assert "“机场”" in prompt(app)


def test_topics_of_the_operator_that_find_no_room_are_left_out(tmp_path: Path) -> None:
    many = tuple(f"第{number}个话题" for number in range(60))
    with running(tmp_path, lessons={"topics": many, "levels": {}}) as app:
        seen = app.follower().say("英语对话").seen
    assert len(seen.encode()) <= REPLY_BYTES
    assert tap(seen, many[5]) == f"英语对话 {many[5]}"
    assert "难度" not in seen


@pytest.mark.parametrize(
    ("words", "topic", "level"),
    [
        ("英语对话 点餐 初级", "点餐", "初级"),
        ("英語對話：點餐，初級", "點餐", "初级"),
        ("英语对话 高级 at the zoo", "at the zoo", "高级"),
        ("英语对话 高级餐厅", "高级餐厅", ""),
        ("英语对话点餐。", "点餐", ""),
        ("英语对话点餐初级。", "点餐", "初级"),
        ("英语对话 点餐", "点餐", ""),
    ],
)
def test_a_level_may_stand_beside_the_topic(
    app: Running, words: str, topic: str, level: str
) -> None:
    app.follower().say(words)
    assert f"“{topic}”" in prompt(app)
    told = [name for name, sentence in LEVELS.items() if sentence in prompt(app)]
    assert told == ([level] if level else [])


def test_a_level_is_kept_with_its_follower_until_another_is_chosen(app: Running) -> None:
    app.follower().say("英语对话 点餐 初级")
    app.restart()
    app.follower().say("英语对话 机场")
    assert LEVELS["初级"] in prompt(app)
    assert "✓高级" in read(app.follower().say("英语对话 高级").seen)
    app.follower().say("Hello!")
    assert LEVELS["高级"] in prompt(app), "it counts in the lesson that goes on"
    assert "“机场”" in prompt(app)
    app.follower("o-two").say("英语对话 机场")
    assert not any(sentence in prompt(app) for sentence in LEVELS.values())


def test_a_prompt_without_a_place_for_the_level_has_it_at_its_end(tmp_path: Path) -> None:
    with running(tmp_path, openai={"lesson_prompt": "Talk about {topic}."}) as app:
        app.follower().say("英语对话 点餐")
        assert prompt(app) == "Talk about 点餐."
        app.follower().say("英语对话 点餐 中级")
        assert prompt(app) == f"Talk about 点餐.\n{LEVELS['中级']}"


@pytest.mark.parametrize("word", ["下课", "小结", "“总结”一下吧", "請總結"])
def test_a_lesson_ends_with_a_summary_of_all_of_it(tmp_path: Path, word: str) -> None:
    with running(tmp_path, openai={"save_history": 3}) as app:
        app.model.always(text="OK.")
        follower = app.follower()
        for words in ("英语对话 点餐", "I want pizza", "And tea"):
            follower.say(words)
        app.model.will(text="今天练了点餐。")
        assert follower.say(word).seen == "今天练了点餐。"
        assert "“点餐”" in prompt(app)
        wanted = ["英语对话 点餐", "OK.", "I want pizza", "OK.", "And tea", "OK."]
        assert said(app) == [*wanted, LessonSettings().summary_prompt]
        follower.say("你好")
        assert "点餐" not in prompt(app)
        assert said(app) == ["你好"]


def test_outside_a_lesson_these_words_are_like_any_other(app: Running) -> None:
    app.follower().say("总结")
    assert said(app) == ["总结"]
    app.follower("o-two").say("英语对话 点餐")
    app.follower("o-two").say("新对话")
    app.follower("o-two").say("下课")
    assert said(app) == ["下课"]


def test_a_lesson_whose_summary_failed_goes_on(app: Running) -> None:
    app.model.always(text="OK.")
    follower = app.follower()
    follower.say("英语对话 点餐")
    app.model.will(times=2, status=500)
    assert Texts().apology in follower.say("下课").seen
    follower.say("Tea, please")
    assert "“点餐”" in prompt(app)
    assert said(app) == ["英语对话 点餐", "OK.", "Tea, please"]


def test_a_summary_outlives_a_restart_in_its_midst(app: Running) -> None:
    app.model.always(text="OK.")
    app.follower().say("英语对话 点餐")
    app.model.will(text="太晚了", after=60)
    asked = gevent.spawn(app.follower().say, "下课", msg_id="77")
    while len(app.model.asked) < 2:
        gevent.sleep(0.02)
    app.model.will(text="今天练了点餐。")
    app.restart()
    asked.get()
    assert app.follower().say("下课", msg_id="77").seen == "今天练了点餐。"
    assert said(app) == ["英语对话 点餐", "OK.", LessonSettings().summary_prompt]
    app.follower().say("你好")
    assert said(app) == ["你好"]


@in_each_mode
@typed_or_spoken
def test_a_lesson_is_begun_and_ended_in_each_mode(
    tmp_path: Path, how: dict[str, Any], spoken: bool
) -> None:
    with running(tmp_path, wechat=SEALED) as app:
        app.model.always(text="OK.")
        assert tap(tell(app, "英语对话", spoken=spoken, **how).seen, "机场") == "英语对话 机场"
        assert "✓初级" in read(tell(app, "英语对话初级", spoken=spoken, **how).seen)
        assert tell(app, "英语对话机场", spoken=spoken, **how).seen == "OK."
        assert "“机场”" in prompt(app)
        assert LEVELS["初级"] in prompt(app)
        assert tell(app, "下课", spoken=spoken, **how).seen == "OK."
        assert said(app)[-1] == LessonSettings().summary_prompt


ENGLISH_COMMANDS = ["Menu, please.", "Help!", "Restart", "New chat", "voice on", "Next.", "More"]
ENGLISH_COMMANDS += ["Menu[微笑]", "Help! [Smile]", "Restart[呲牙][呲牙]", "New chat/:rose"]


@typed_or_spoken
def test_english_in_a_lesson_is_said_to_the_teacher(app: Running, spoken: bool) -> None:
    app.model.always(text="Sure!")
    app.follower().say("英语对话 点餐")
    for words in ENGLISH_COMMANDS:
        assert tell(app, words, spoken=spoken).seen == "Sure!", words
        assert "“点餐”" in prompt(app), "the lesson goes on"
    assert "蓝色的字" in tell(app, "菜单", spoken=spoken).seen
    assert "重新开始" in app.follower().say("/new").seen
    assert "蓝色的字" in tell(app, "Menu, please.", spoken=spoken).seen, "the lesson is over"


def test_what_the_servers_own_links_send_in_english_works_in_a_lesson(tmp_path: Path) -> None:
    words = {"continue_words": ("continue", "more"), "menu": "{tap:help}"}
    with running(tmp_path, texts=words, openai={"rsize": 60}) as app:
        app.model.always(text="Sure! " * 40)
        seen = app.follower().say("英语对话 点餐").seen
        assert app.follower().say(tap(seen)).seen.startswith("Sure!")
        assert app.follower().say("help", menu_id="1").seen.startswith("<a ")
        assert len(app.model.asked) == 1


def test_each_english_word_that_is_to_end_a_lesson_does(tmp_path: Path) -> None:
    with running(tmp_path, texts={"lesson_end_words": ("下课", "goodbye", "class over")}) as app:
        app.model.always(text="Sure!")
        for word in ("Goodbye!", "Class over."):
            app.follower().say("英语对话 点餐")
            app.follower().say(word)
            assert said(app)[-1] == LessonSettings().summary_prompt


def test_after_a_long_silence_english_words_are_commands_again(app: Running) -> None:
    app.follower().say("英语对话 点餐")
    app.huixin.db.write(lambda db: db.execute("UPDATE followers SET spoke_at = spoke_at - 601"))
    assert "蓝色的字" in app.follower().say("help").seen
