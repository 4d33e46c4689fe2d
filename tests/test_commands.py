"""What needs no model: commands, lessons, kinds of messages, limits, coming and going."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from tests.running import TRY, Running, running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def elements(kind: str, msg_id: str, extra: str = "") -> bytes:
    return (
        "<xml><ToUserName>gh_huixin</ToUserName><FromUserName>o-one</FromUserName>"
        f"<CreateTime>1700000000</CreateTime><MsgType>{kind}</MsgType>{extra}"
        f"<MsgId>{msg_id}</MsgId></xml>"
    ).encode()


@pytest.mark.parametrize("word", ["新对话", "/new", "/NEW"])
def test_a_reset_word_forgets_what_was_said(app: Running, word: str) -> None:
    app.follower().say("甲")
    assert "重新开始" in app.follower().say(word).seen
    app.follower().say("乙")
    assert len(app.model.bodies[-1]["messages"]) == 2
    assert app.model.questions == ["甲", "乙"]


def test_a_lesson_has_a_prompt_of_its_own_until_the_conversation_ends(app: Running) -> None:
    follower = app.follower()
    follower.say("以前的话")
    follower.say("英语对话 点餐")
    follower.say("I want a pizza")
    prompts = [body["messages"][0]["content"] for body in app.model.bodies]
    assert "点餐" not in prompts[0]
    assert "“点餐”" in prompts[1]
    assert "“点餐”" in prompts[2]
    assert len(app.model.bodies[1]["messages"]) == 2, "a lesson begins a new conversation"
    follower.say("新对话")
    follower.say("你好")
    assert "点餐" not in app.model.bodies[-1]["messages"][0]["content"]


def test_a_lesson_without_a_topic_asks_for_one(app: Running) -> None:
    assert "话题" in app.follower().say("英语对话").seen
    assert app.model.asked == []


@pytest.mark.parametrize(
    ("kind", "extra", "words"),
    [
        ("image", "<PicUrl>http://x/</PicUrl><MediaId>m</MediaId>", "图片"),
        ("video", "<MediaId>m</MediaId>", "视频"),
        ("shortvideo", "<MediaId>m</MediaId>", "视频"),
        ("location", "<Location_X>1</Location_X><Location_Y>2</Location_Y>", "位置"),
        ("link", "<Title>t</Title><Url>http://x/</Url>", "链接"),
        ("text", "<Content>【收到不支持的消息类型，暂无法显示】</Content>", "表情"),
        ("text", "<Content>  </Content>", "没有收到文字"),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format><Recognition></Recognition>", "没听清"),
    ],
)
def test_each_kind_of_message_gets_a_friendly_answer(
    app: Running, kind: str, extra: str, words: str
) -> None:
    outcome = app.follower("o-one").push(elements(kind, "1", extra))
    assert words in outcome.seen
    assert app.model.asked == []
    assert app.all("SELECT role FROM history") == []


def test_a_new_follower_is_welcomed_once_however_often_it_is_posted(app: Running) -> None:
    outcome = app.follower(overlap=(0, 0, 0)).send_event("subscribe")
    assert "很高兴认识你" in outcome.seen
    assert len({one.body for one in outcome.tries}) == 1
    assert app.one("SELECT count(*) FROM messages") == 1


def test_who_leaves_is_forgotten(app: Running) -> None:
    app.follower("o-one").say("甲")
    app.follower("o-two").say("乙")
    assert app.follower("o-one").send_event("unsubscribe").seen == ""
    for table in ("followers", "messages", "moves", "tries", "history"):
        assert app.one(f"SELECT count(*) FROM {table}") > 0
    assert app.all("SELECT open_id FROM followers") == ["o-two"]
    assert app.all("SELECT DISTINCT question FROM messages") == ["乙"]


def test_who_leaves_while_an_answer_is_made_is_forgotten_all_the_same(app: Running) -> None:
    app.model.will(text="太晚了", after=0.5 * TRY)
    asked = gevent.spawn(app.follower("o-one", tries=1).say, "甲")
    gevent.sleep(0.2 * TRY)
    app.follower("o-one").send_event("unsubscribe")
    asked.get()
    assert app.one("SELECT count(*) FROM messages") == 0
    app.model.will(text="又见面了。")
    assert app.follower("o-one").say("你好").seen == "又见面了。"


def test_other_events_are_taken_and_nothing_is_saved(app: Running) -> None:
    for event in ("CLICK", "VIEW", "LOCATION", "something_new"):
        outcome = app.follower().send_event(event)
        assert outcome.tries[0].result == "empty"
    assert app.one("SELECT count(*) FROM messages") == 0


def test_who_asks_too_fast_is_told_to_wait_and_it_leaves_no_trace(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 5.0, "gaps": 3}) as app:
        follower = app.follower()
        for n in range(3):
            assert "太快" not in follower.say(f"{n}").seen
        assert "太快" in follower.say("again").seen
        app.restart()
        assert "太快" in app.follower().say("after a restart").seen
        assert "太快" not in app.follower("o-two").say("somebody else").seen
        assert app.model.questions == ["0", "1", "2", "somebody else"]
        assert "again" not in app.all("SELECT text FROM history")


def test_tries_and_asking_for_more_do_not_count_as_questions(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 100.0, "gaps": 2}) as app:
        app.model.will(text="长长的一句话。" * 400)
        follower = app.follower(overlap=(0, 0, 0))
        follower.say("讲故事")
        for _ in range(4):
            assert "太快" not in app.follower().say("继续").seen
        assert "太快" not in app.follower().say("第二个问题").seen
        assert "太快" in app.follower().say("第三个问题").seen


def test_a_day_has_a_number_of_questions_for_one_and_for_all(tmp_path: Path) -> None:
    limits = {"gap_seconds": 0, "daily_follower": 2, "daily_account": 3}
    with running(tmp_path, limits=limits) as app:
        one = [app.follower("o-one").say(f"{n}").seen for n in range(3)]
        two = [app.follower("o-two").say(f"{n}").seen for n in range(2)]
    assert ["今天的提问次数" in seen for seen in one] == [False, False, True]
    assert ["今天大家" in seen for seen in two] == [False, True]


def test_a_follower_may_have_only_so_many_questions_waiting(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "follower_queue": 1}) as app:
        app.model.will(text="一", after=0.8 * TRY)
        follower = app.follower()
        asked = []
        for n in range(3):
            asked.append(gevent.spawn(follower.say, f"{n}"))
            gevent.sleep(0.1 * TRY)
        seen = [greenlet.get().seen for greenlet in asked]
    assert seen[0] == "一"
    assert "一条一条来" in seen[2]
    assert app.model.questions == ["0", "1"]
