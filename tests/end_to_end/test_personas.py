"""Characters that followers choose, and what each of them brings along."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from integrations.wechat.protocol import REPLY_BYTES
from sandbox.wire import tap
from settings.schema import Persona, Texts
from settings.taps import with_links
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.running import Running, running
from tests.speaking import Speaking, running_with_speech, wait_for

PERSONAS = {
    "小美": Persona(prompt="你是小美。", greeting="我是小美，今天过得好吗？", temperature=0.1),
    "Dr. Wang": Persona(prompt="你是王医生。", daily=2),
    "诗人": Persona(prompt="你是诗人。", default=True),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, personas=PERSONAS) as app:
        app.model.always(text="好。")
        yield app


def told(app: Running) -> list[str]:
    """What the model was told, the last time."""
    turns: list[dict[str, Any]] = app.model.bodies[-1]["messages"]
    return [turn["content"] for turn in turns]


def test_all_characters_are_there_to_be_tapped_and_who_answers_is_marked(app: Running) -> None:
    seen = app.follower().say("角色").seen
    assert tap(seen, "小美") == "角色 小美"
    assert tap(seen, "✓诗人") == "角色 诗人"
    app.follower().say(tap(seen, "Dr. Wang"))
    assert tap(app.follower().say("换角色").seen, "✓Dr. Wang")
    assert app.model.asked == []
    assert app.one("SELECT sum(counts) FROM messages") == 0


def test_each_name_that_is_shown_can_be_tapped_whatever_is_in_it(tmp_path: Path) -> None:
    named = {name: Persona(prompt=name) for name in ("小美", "😀", 'A&B "老王"', "小美😀", "+1")}
    with running(tmp_path, personas=named) as app:
        for name in (*named, "小美")[1:]:
            offered = app.follower().say("角色").seen
            app.follower().say(tap(offered, name.replace("&", "＆")))
            app.follower().say("你好")
            assert told(app)[0] == name


def test_who_is_chosen_answers_and_reads_nothing_of_before(app: Running) -> None:
    follower = app.follower()
    follower.say("给诗人的话")
    assert told(app) == ["你是诗人。", "给诗人的话"]
    assert follower.say("角色 小美").seen == "我是小美，今天过得好吗？"
    follower.say("给小美的话")
    assert told(app) == ["你是小美。", "给小美的话"]
    assert app.model.bodies[-1]["temperature"] == 0.1
    follower.say("再说一句")
    assert told(app) == ["你是小美。", "给小美的话", "好。", "再说一句"]
    assert app.model.bodies[0]["temperature"] == app.settings().openai.temperature


def test_a_greeting_may_have_links_to_tap(tmp_path: Path) -> None:
    shy = {"小美": Persona(prompt="你是小美。", greeting="你好！{tap:讲个笑话}")}
    with running(tmp_path, personas=shy) as app:
        assert tap(app.follower().say("角色 小美").seen) == "讲个笑话"


def test_who_asks_what_is_stored_of_them_is_told_who_answers(app: Running) -> None:
    app.follower().say("角色 小美")
    seen = app.follower().say("我的").seen
    assert "现在陪你聊的是小美" in seen
    assert tap(app.follower().say(tap(seen)).seen, "✓小美")


@pytest.mark.parametrize(
    "words", ["角色 dr. wang", "“角色”：Dr. Wang", "角色 “Dr. Wang”吧", "换角色Dr. Wang。"]
)
def test_a_name_is_known_as_people_type_it(app: Running, words: str) -> None:
    assert "现在由Dr. Wang陪你聊" in app.follower().say(words).seen


@in_each_mode
@typed_or_spoken
def test_a_character_is_chosen_and_answers_in_each_mode(
    tmp_path: Path, how: dict[str, Any], spoken: bool
) -> None:
    with running(tmp_path, personas=PERSONAS, wechat=SEALED) as app:
        app.model.always(text="好。")
        assert tap(tell(app, "角色", spoken=spoken, **how).seen, "小美")
        assert "我是小美" in tell(app, "角色小美", spoken=spoken, **how).seen
        assert tell(app, "你好", spoken=spoken, **how).seen == "好。"
        assert told(app)[0] == "你是小美。"


def test_a_character_is_kept_over_conversations_and_restarts(app: Running) -> None:
    app.follower().say("角色 小美")
    app.follower().say("新对话")
    app.restart()
    app.follower().say("你好")
    assert told(app) == ["你是小美。", "你好"]
    app.follower("o-two").say("你好")
    assert told(app)[0] == "你是诗人。", "another's choice is another's"


def test_a_name_that_nobody_has_shows_the_list_again(app: Running) -> None:
    assert tap(app.follower().say("角色 小明").seen, "小美")
    assert app.model.asked == []
    assert app.follower().say("角色扮演是什么意思").seen == "好。"
    assert app.follower().say("角色 " + "请帮我分析一下这部小说里的几个主要人物吧").seen == "好。"


def test_a_lesson_is_nobody_s_and_after_it_the_character_is_there_again(app: Running) -> None:
    follower = app.follower()
    follower.say("角色 小美")
    follower.say("英语对话 点餐")
    assert "“点餐”" in told(app)[0]
    assert app.model.bodies[-1]["temperature"] == app.settings().openai.temperature
    follower.say("下课")
    follower.say("你好")
    assert told(app) == ["你是小美。", "你好"]


def test_each_character_has_a_number_of_questions_a_day(app: Running) -> None:
    follower = app.follower()
    follower.say("角色 Dr. Wang")
    seen = [follower.say(f"{n}").seen for n in range(3)]
    assert seen[:2] == ["好。", "好。"]
    assert "今天和Dr. Wang聊的次数用完了" in seen[2]
    assert tap(follower.say(tap(seen[2])).seen, "小美") == "角色 小美"
    follower.say("角色 小美")
    assert follower.say("3").seen == "好。"
    app.restart()
    follower = app.follower()
    follower.say("角色 Dr. Wang")
    assert "用完了" in follower.say("4").seen
    assert [*app.model.questions] == ["0", "1", "3"]


@pytest.mark.parametrize("daily", [3, 2])
def test_a_question_behind_a_change_that_waits_counts_for_who_answers_it(
    tmp_path: Path, daily: int
) -> None:
    """And it is they who have some left, or not."""
    personas = {
        "小美": Persona(prompt="你是小美。", daily=daily),
        "老王": Persona(prompt="你是老王。", daily=1),
    }
    with running(tmp_path, personas=personas) as app:
        app.model.will(text="答了。")
        asking = []
        with app.while_the_model_thinks():
            for words in ("甲", "乙", "角色 老王", "丙", "丁"):
                asking.append(gevent.spawn(app.follower().say, words))
                wait_for(lambda: app.one("SELECT count(*) FROM messages") == len(asking))
        gevent.joinall(asking)
        wait_for(lambda: app.one("SELECT state FROM messages WHERE question = '丁'") == "REPLIED")
        assert app.model.questions == ["甲", "乙", "丙"]
        assert "老王" in app.model.bodies[-1]["messages"][0]["content"]
        last = app.one("SELECT reply FROM messages WHERE question = '丁'")
        assert last.startswith("今天和老王聊的次数用完了")
        app.follower().say("角色 小美")
        assert ("用完了" in app.follower().say("戊").seen) == (daily == 2)
        assert "用完了" in app.follower().say("己").seen


def test_a_whole_lesson_counts_for_no_character_and_begins_where_one_is_used_up(
    tmp_path: Path,
) -> None:
    once = {"老王": Persona(prompt="你是老王。", daily=1)}
    with running(tmp_path, personas=once, openai={"session_seconds": 0.3}) as app:
        app.model.always(text="好。")
        follower = app.follower()
        for words in ("英语对话 点餐", "hello"):
            assert follower.say(words).seen == "好。"
        gevent.sleep(0.45)  # the lesson is over, and 下课 still brings its summary
        assert follower.say("下课").seen == "好。"
        assert follower.say("英语对话 点餐").seen == "好。"
        gevent.sleep(0.45)
        assert follower.say("你好").seen == "好。"
        assert Texts().daily_follower in follower.say("在吗").seen
        assert follower.say("英语对话 机场").seen == "好。"


def test_one_that_the_settings_have_no_more_gives_way_to_the_default(app: Running) -> None:
    app.follower().say("角色 小美")
    app.sections["personas"] = {name: PERSONAS[name] for name in ("Dr. Wang", "诗人")}
    app.restart()
    app.follower().say("你好")
    assert told(app)[0] == "你是诗人。"
    assert tap(app.follower().say("角色").seen, "✓诗人")


def test_without_characters_the_word_is_one_like_any_other(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.follower().say("角色")
        assert told(app)[1:] == ["角色"]


def test_a_question_is_answered_by_who_was_chosen_though_the_server_was_restarted_meanwhile(
    app: Running,
) -> None:
    app.follower().say("角色 小美")
    app.model.will(text="太晚了", after=60)
    asked = gevent.spawn(app.follower().say, "你好", msg_id="7")
    app.until_asked()
    app.restart()
    asked.get()
    assert app.follower().say("你好", msg_id="7").seen == "好。"
    assert told(app) == ["你是小美。", "你好"]


def test_fifty_characters_are_shown_in_one_reply(tmp_path: Path) -> None:
    many = {f"第{number}位人物": Persona(prompt="你是谁？") for number in range(50)}
    with running(tmp_path, personas=many) as app:
        seen = app.follower().say("角色").seen
    assert len(seen.encode()) <= REPLY_BYTES
    assert tap(seen, "第5位人物") == "角色 第5位人物"
    read = re.sub("<[^>]*>", "", seen)
    assert all(name in read for name in many), "without a link, for want of room"


@pytest.mark.parametrize("length", [3, 20])
def test_of_very_many_who_answers_is_shown_and_as_many_as_may_be_are_read(
    tmp_path: Path, length: int
) -> None:
    names = [f"{number:02}{'位' * (length - 2)}" for number in range(60)]
    with running(tmp_path, personas={name: Persona(prompt="你是谁？") for name in names}) as app:
        app.follower().say(f"角色 {names[-1]}")
        seen = app.follower().say("角色").seen
        assert app.follower().say(tap(seen, names[0])).seen.startswith("好的")
    assert len(seen.encode()) <= REPLY_BYTES
    read = re.sub("<[^>]*>", "", seen)
    assert f"✓{names[-1]}" in read
    assert sum(name in read for name in names) >= (60 if length == 3 else 16)
    assert seen.count("<a ") >= (8 if length == 3 else 3)


def test_the_only_character_is_not_to_be_changed_for_another(tmp_path: Path) -> None:
    only = {"小美": Persona(prompt="你是小美。", daily=1)}
    with running(tmp_path, personas=only) as app:
        app.follower().say("一")
        assert app.follower().say("二").seen == app.settings().texts.daily_follower


def test_the_menu_ends_in_the_way_to_the_characters_unless_it_has_one(tmp_path: Path) -> None:
    with running(tmp_path, personas=PERSONAS) as app:
        told = app.follower().say("帮助").seen
        assert tap(app.follower().say(tap(told, "换个角色")).seen, "小美")
    for changed in ({"menu": "{tap:角色}"}, {"menu_persona": ""}, {"menu": "长" * 666}):
        speaks = {"trans_to_voice": True}  # else the menu has a line less
        with running(tmp_path, personas=PERSONAS, texts=changed, azure=speaks) as app:
            assert app.follower().say("帮助").seen == with_links(app.settings().texts.menu)


def test_a_list_without_words_above_it_begins_with_a_name(tmp_path: Path) -> None:
    with running(
        tmp_path, personas=PERSONAS, texts={"persona_list": "", "lesson_topic": ""}
    ) as app:
        assert app.follower().say("角色").seen.startswith("<a ")
        assert app.follower().say("英语对话").seen.startswith(Texts().lesson_level)


def test_a_character_has_voices_of_its_own(tmp_path: Path) -> None:
    def voices(app: Speaking) -> list[str]:
        app.model.will(text="今天天气不错。")
        assert app.ask("天气怎么样？").media_id
        return [voice for voice, _ in app.speech.spoken]

    with running_with_speech(tmp_path, personas=VOICED) as app:
        app.follower().say("角色 小美")
        assert voices(app) == ["zh-CN-XiaomengNeural"]
        app.follower().say("角色 诗人")
        assert voices(app)[-1] == app.settings().azure.zh_model


def test_the_teacher_says_the_last_words_of_a_lesson_too(tmp_path: Path) -> None:
    with running_with_speech(tmp_path, personas=VOICED) as app:
        app.model.always(text="今天天气不错。")
        for words in ("角色 小美", "语音 开", "英语对话 点餐", "下课"):
            app.follower().say(words)
        assert {voice for voice, _ in app.speech.spoken} == {app.settings().azure.zh_model}
        assert app.follower().say("你好").media_id
        assert app.speech.spoken[-1][0] == "zh-CN-XiaomengNeural", "who was chosen is there again"


VOICED = {
    "小美": Persona(prompt="你是小美。", zh_voice="zh-CN-XiaomengNeural"),
    "诗人": Persona(prompt="你是诗人。"),
}
