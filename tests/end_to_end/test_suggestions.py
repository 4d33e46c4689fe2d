"""What may be asked next stands below an answer as links to tap, and its line is never seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fsm.window import Window
from sandbox.wire import LINK, tap
from settings.schema import Texts
from tests.modes import SEALED, in_each_mode
from tests.running import TRY, Running, running, tried_once
from tests.shown import REST
from tests.speaking import running_with_speech, spoken

LINE = "\n[[追问]] 明天呢？ | 要带伞吗？ | 上海怎么样？"
ASKED = ["明天呢？", "要带伞吗？", "上海怎么样？"]
SUGGESTING = {"suggestions": 3}


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window, openai=SUGGESTING, wechat=SEALED) as app:
        yield app


def links(reply: str) -> list[str]:
    return [link[3] for link in LINK.finditer(reply)]


@in_each_mode
def test_questions_to_tap_stand_below_an_answer(app: Running, how: dict[str, Any]) -> None:
    app.model.will(text=f"北京今天晴。{LINE}")
    seen = app.follower(**how).say("天气").seen
    assert seen.startswith("北京今天晴。\n")
    assert links(seen) == ASKED
    app.model.will(text="明天多云。")
    assert app.follower(**how).say(tap(seen, "明天呢？")).seen == "明天多云。"
    prompt, *said = app.model.bodies[-1]["messages"]
    assert "写 3 个" in prompt["content"]
    assert [turn["content"] for turn in said] == ["天气", "北京今天晴。", "明天呢？"]


def test_each_try_shows_the_same_also_after_a_restart(app: Running) -> None:
    app.model.will(text=f"北京今天晴。{LINE}")
    fate = app.follower(overlap=(0, 0, 0)).say("天气", msg_id="7")
    app.restart()
    again = app.follower().say("天气", msg_id="7")
    assert len({one.body for one in [*fate.tries, *again.tries] if one.body}) == 1


def test_of_a_long_answer_they_stand_below_the_last_slice(app: Running) -> None:
    app.model.will(text="很长的一句话。" * 200 + LINE)
    reply = app.follower().say("讲讲").seen
    while REST in reply:
        assert not set(links(reply)) & set(ASKED)
        app.restart()
        reply = app.follower().say("继续").seen
    assert links(reply) == ASKED
    assert len(reply.encode()) <= 2000
    assert len(app.model.asked) == 1


def test_where_room_is_short_fewer_stand_there(tmp_path: Path) -> None:
    with running(tmp_path, openai=SUGGESTING | {"rsize": 2000}) as app:
        for length, count in ((500, 3), (560, 2), (600, 1), (640, 0)):
            app.model.will(text=f"{'长' * length}{LINE}")
            seen = app.follower(f"o-{length}").say("讲讲").seen
            assert len(links(seen)) == count, length
            assert len(seen.encode()) <= 2000
            assert seen.startswith("长" * length)


@tried_once
@pytest.mark.parametrize(
    "line", [LINE, "\n【追问】" + LINE[8:], "\n[[追问]]\n1. 明天呢？\n2. 要带伞吗？"]
)
def test_nothing_of_the_line_is_seen_while_it_is_written(app: Running, line: str) -> None:
    app.model.will(text=f"北京今天晴，风不大。{line}", lasts=TRY)
    follower = app.follower()
    first = follower.say("天气").seen
    assert first.startswith("北京今天晴")
    assert "追问" not in first and "[" not in first and "【" not in first
    assert "追问" not in "".join(app.all("SELECT partial FROM messages"))


@tried_once
def test_who_was_shown_all_that_is_said_is_told_of_no_more(app: Running) -> None:
    app.model.will(text=f"北京今天晴。{LINE * 9}", lasts=TRY)
    assert app.follower().say("天气").seen == "北京今天晴。"


@pytest.mark.parametrize(
    "answer",
    [
        "好的。\n[[追问]]",
        "好的。\n[[追问]] " + "长" * 300,
        "好的。\n**【追问】**\n",
        "好的。\n[[",
        "好的。",
    ],
)
def test_a_model_that_garbles_the_line_is_heard_all_the_same(app: Running, answer: str) -> None:
    app.model.will(text=answer)
    assert app.follower().say("你好").seen == "好的。"


def test_an_answer_whose_line_was_cut_short_is_whole(app: Running) -> None:
    app.model.will(text="好的。\n[[追问]] 明天呢？ | 要带", finish_reason="length")
    assert app.follower().say("你好").seen.startswith("好的。\n想接着问：")
    assert app.all("SELECT text FROM history WHERE role = 'assistant'") == ["好的。"]


def test_by_default_nothing_is_asked_for(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.follower().say("你好")
        assert "追问" not in app.model.bodies[0]["messages"][0]["content"]


def test_a_voice_says_none_of_them_and_is_not_made_to_ask_for_them(tmp_path: Path) -> None:
    with running_with_speech(tmp_path) as app:
        app.sections["openai"] = SUGGESTING
        app.restart()
        app.model.will(text=f"北京今天晴。{LINE}")
        assert app.ask("天气").media_id
        assert spoken(app) == "北京今天晴。"
        assert "追问" not in app.model.bodies[0]["messages"][0]["content"]
        app.model.will(text=f"写给你看。{LINE}")
        assert links(app.follower().say("天气").seen) == ASKED


@tried_once
def test_where_the_end_of_an_answer_was_shown_before_its_time_the_word_brings_them(
    app: Running,
) -> None:
    app.model.will(text=f"北京今天晴。{LINE}", lasts=TRY)
    assert "北京今天晴。" in app.follower().say("天气").seen
    seen = app.follower().say("继续").seen
    assert links(seen) == ASKED and Texts().nothing_more in seen
    assert len(app.model.asked) == 1
