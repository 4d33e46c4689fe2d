"""What needs no model: commands, lessons, kinds of messages, limits, coming and going."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from integrations.wechat.protocol import tap_link
from sandbox.wire import new_msg_id, tap
from settings.schema import Texts
from store.database import Connection
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


def test_a_command_that_has_no_words_is_none(tmp_path: Path) -> None:
    with running(tmp_path, texts={"reset_words": (), "text_words": ()}) as app:
        app.follower().say("新对话")
        app.follower().say("文字")
        assert app.model.questions == ["新对话", "文字"]


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


@pytest.mark.parametrize(
    "words", ["英语对话", "英语对话 ", "英语对话：", "英语对话　", "“英語對話”", "英语对话吧。"]
)
def test_a_lesson_without_a_topic_asks_for_one(app: Running, words: str) -> None:
    assert "话题" in app.follower().say(words).seen
    assert app.model.asked == []


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("英语对话 at 10:30", "at 10:30"),
        ("英语对话：点餐", "点餐"),
        ("英语对话: 点餐", "点餐"),
        ("英语对话　点餐", "点餐"),
        ("英语对话\n点餐", "点餐"),
        ("英语对话 “{topic}” {0} %s", "“{topic}” {0} %s"),
    ],
)
def test_a_topic_is_taken_as_it_is(app: Running, words: str, topic: str) -> None:
    app.follower().say(words)
    assert f"话题是“{topic}”" in app.model.bodies[-1]["messages"][0]["content"]


def test_a_question_about_english_is_no_lesson(app: Running) -> None:
    app.follower().say("英语对话怎么练？")
    assert "话题是" not in app.model.bodies[-1]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("kind", "extra", "words"),
    [
        ("image", "<PicUrl>http://x/</PicUrl><MediaId>m</MediaId>", "图片"),
        ("video", "<MediaId>m</MediaId>", "视频"),
        ("shortvideo", "<MediaId>m</MediaId>", "视频"),
        ("location", "<Location_X>1</Location_X><Location_Y>2</Location_Y>", "位置"),
        ("link", "<Title>t</Title><Url>http://x/</Url>", "链接"),
        ("text", "<Content>【收到不支持的消息类型，暂无法显示】</Content>", "表情"),
        ("text", "<Content>[收到不支持的消息類型，暫無法顯示]</Content>", "表情"),
        ("text", "<Content>[Unsupported message type]</Content>", "表情"),
        ("text", "<Content>  </Content>", Texts().empty_message),
        (
            "voice",
            "<MediaId>m</MediaId><Format>amr</Format><Recognition></Recognition>",
            Texts().cannot_hear,
        ),
    ],
)
def test_each_kind_of_message_gets_a_friendly_answer(
    app: Running, kind: str, extra: str, words: str
) -> None:
    fate = app.follower("o-one").push(elements(kind, "1", extra))
    assert words in fate.seen
    assert app.model.asked == []
    assert app.all("SELECT role FROM history") == []


MENU = "\n".join(tap_link(f"问题{n}是什么样的问题") for n in range(6))


def test_a_welcome_may_be_long_and_hold_links_to_tap(tmp_path: Path) -> None:
    welcome = f"你好！\n{MENU}\n{'想' * 100}"
    with running(tmp_path, texts={"welcome": welcome}) as app:
        assert app.follower().send_event("subscribe").seen == welcome
        assert app.follower().say(tap(welcome, "问题3是什么样的问题")).seen
        assert app.model.questions == ["问题3是什么样的问题"]


def test_a_fixed_text_that_is_empty_shows_nothing_and_is_not_posted_again(tmp_path: Path) -> None:
    with running(tmp_path, texts={"welcome": "", "image": ""}) as app:
        follower = app.follower()
        for fate in (follower.send_event("subscribe"), follower.push(elements("image", "7"))):
            assert [one.result for one in fate.tries] == ["empty"]
        app.huixin.db.write(lambda db: None)  # after what the tries left to be written
        assert app.all("SELECT outcome FROM tries") == ["replied", "replied"]
        assert app.model.asked == []


def test_a_new_follower_is_welcomed_once_however_often_it_is_posted(app: Running) -> None:
    fate = app.follower(overlap=(0, 0, 0)).send_event("subscribe")
    assert "很高兴认识你" in fate.seen
    assert len({one.body for one in fate.tries}) == 1
    assert app.one("SELECT count(*) FROM messages") == 1


# The tables that hold nothing of a follower's. `uploads` names voices at WeChat that still have to
# be deleted there, `facts` and `signatures` know messages by fingerprints, for a short time.
OF_NOBODY = {"migrations", "cool_downs", "processes", "callback_addresses", "sqlite_sequence"}
OF_NOBODY |= {"invites"}  # fingerprints of codes, and how often each was used
FOR_A_WHILE = {"uploads", "facts", "signatures"}


def test_who_leaves_is_forgotten_in_every_table_there_is(app: Running) -> None:
    for open_id, words in (("o-leaving", "甲的秘密"), ("o-staying", "乙的话")):
        follower = app.follower(open_id)
        follower.send_event("subscribe")
        app.model.will(text=f"答{words}")
        follower.say(words)
        follower.say("英语对话 秘密")
        follower.send_event("LOCATION")
    app.huixin.db.write(_save_a_voice)
    tables = app.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    of_followers = set(tables) - OF_NOBODY - FOR_A_WHILE
    before = {table: app.one(f"SELECT count(*) FROM {table}") for table in of_followers}
    assert all(before.values()), f"each table is filled: {before}"
    assert app.follower("o-leaving").send_event("unsubscribe").seen == ""
    for table in of_followers:
        assert app.one(f"SELECT count(*) FROM {table}") == before[table] / 2, table
    for table in tables:
        for said in held(app, table):
            assert "o-leaving" not in said and "甲的秘密" not in said, table
    assert app.all("SELECT open_id FROM followers") == ["o-staying"]


def held(app: Running, table: str) -> list[str]:
    """What stands in each row of a table."""
    rows = app.huixin.db.read(lambda db: db.execute(f"SELECT * FROM {table}").fetchall())
    return [repr(tuple(row)) for row in rows]


def _save_a_voice(db: Connection) -> None:
    for message_id in (1, 4):
        keys = {"id": message_id}
        db.execute("INSERT INTO voice_parts VALUES (:id, 0, 'v', 1, x'00')", keys)
        judged = """
            INSERT INTO pronunciations (message_id, follower_id)
            SELECT id, follower_id FROM messages WHERE id = :id
        """
        db.execute(judged, keys)
        _upload(db, f"name{message_id}", message_id)


def _upload(db: Connection, name: str, message_id: int) -> None:
    insert = """
        INSERT INTO uploads (name, message_id, permanent, media_id, delete_at, failures)
        VALUES (:name, :message_id, 1, :media_id, 9e9, 0)
    """
    db.execute(insert, {"name": name, "message_id": message_id, "media_id": f"of {name}"})


def test_the_voices_of_who_leaves_are_due_at_once(app: Running) -> None:
    app.follower("o-one").say("甲")
    app.huixin.db.write(lambda db: _upload(db, "a voice", message_id=1))
    app.follower("o-one").send_event("unsubscribe")
    assert app.one("SELECT delete_at FROM uploads") <= time.time()


def test_a_try_that_comes_after_its_follower_has_left_brings_nobody_back(app: Running) -> None:
    app.model.will(text="太晚了", after=1.5 * TRY)
    asked = gevent.spawn(app.follower("o-one").say, "甲")
    app.until_asked()
    app.follower("o-one").send_event("unsubscribe")
    assert asked.get().seen == ""
    assert app.one("SELECT count(*) FROM followers") == 0
    assert len(app.model.asked) == 1
    app.model.will(text="又见面了。")
    assert "很高兴认识你" in app.follower("o-one").send_event("subscribe").seen
    assert app.follower("o-one").say("你好").seen == "又见面了。"


def test_who_leaves_while_the_database_is_locked_is_forgotten_all_the_same(app: Running) -> None:
    app.follower("o-one").say("甲")
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    leaving = gevent.spawn(app.follower("o-one", try_seconds=5.0).send_event, "unsubscribe")
    gevent.sleep(0.4)
    assert not leaving.ready()
    other.execute("ROLLBACK")
    other.close()
    assert leaving.get().seen == ""
    assert app.one("SELECT count(*) FROM followers") == 0


def test_who_leaves_while_an_answer_is_made_is_forgotten_all_the_same(app: Running) -> None:
    app.model.will(text="太晚了", after=0.5 * TRY)
    asked = gevent.spawn(app.follower("o-one", tries=1).say, "甲")
    app.until_asked()
    app.follower("o-one").send_event("unsubscribe")
    asked.get()
    assert app.one("SELECT count(*) FROM messages") == 0
    app.model.will(text="又见面了。")
    assert app.follower("o-one").say("你好").seen == "又见面了。"


def test_other_events_are_taken_and_nothing_is_saved(app: Running) -> None:
    for event in ("CLICK", "VIEW", "LOCATION", "something_new"):
        fate = app.follower().send_event(event)
        assert fate.tries[0].result == "empty"
    assert app.one("SELECT count(*) FROM messages") == 0


def test_who_asks_too_fast_is_told_the_wait_that_is_true(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 1.0, "gaps": 3}) as app:
        follower = app.follower()
        for n in range(3):
            assert "太快" not in follower.say(f"{n}").seen
        told = re.search("请等([0-9]+)秒", follower.say("3").seen)
        assert told and 1 <= int(told[1]) <= 3
        app.huixin.db.write(put_back, int(told[1]))
        assert "太快" not in follower.say("4").seen


def put_back(db: Connection, seconds: float) -> None:
    """Let so much time have passed since everything."""
    db.execute("UPDATE messages SET arrived_at = arrived_at - :seconds", {"seconds": seconds})


def test_a_text_without_the_wait_is_said_as_it_is(tmp_path: Path) -> None:
    texts = {"too_fast": "发送得太快啦，请等十秒再发。"}
    with running(tmp_path, limits={"gap_seconds": 9.0, "gaps": 1}, texts=texts) as app:
        app.follower().say("甲")
        assert app.follower().say("乙").seen == "发送得太快啦，请等十秒再发。"


def test_a_clock_that_was_put_back_makes_nobody_wait(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 5.0, "gaps": 2}) as app:
        for n in range(2):
            app.follower().say(f"{n}")
        app.huixin.db.write(put_back, -3600.0)
        assert "太快" not in app.follower().say("2").seen


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


COMMANDS = ["/new", "新对话", "英语对话", "【收到不支持的消息类型，暂无法显示】", "  "]


def test_what_needs_no_model_is_neither_limited_nor_counted(tmp_path: Path) -> None:
    limits = {"gap_seconds": 100.0, "gaps": 2, "daily_follower": 2, "daily_account": 2}
    with running(tmp_path, limits=limits) as app:
        follower = app.follower()

        def costless() -> list[str]:
            kinds = [("image", "<MediaId>m</MediaId>"), ("link", "<Url>http://x/</Url>")]
            kinds += [("voice", "<MediaId>m</MediaId>"), ("location", "")]
            seen = [follower.say(word).seen for word in COMMANDS]
            return seen + [
                follower.push(elements(kind, new_msg_id(), extra)).seen for kind, extra in kinds
            ]

        before = [*costless(), follower.send_event("subscribe").seen]
        assert app.one("SELECT sum(counts) FROM messages") == 0
        assert not any("太快" in seen or "今天" in seen for seen in before)
        answered = [follower.say(f"{n}").seen for n in range(3)]
        assert ["太快" in seen or "今天" in seen for seen in answered] == [False, False, True]
        assert costless() == before[:-1], "and they work for who has to wait"
        assert app.model.questions == ["0", "1"]


def test_a_day_has_a_number_of_questions_for_one_and_for_all(tmp_path: Path) -> None:
    limits = {"gap_seconds": 0, "daily_follower": 2, "daily_account": 3}
    with running(tmp_path, limits=limits) as app:
        one = [app.follower("o-one").say(f"{n}").seen for n in range(3)]
        two = [app.follower("o-two").say(f"{n}").seen for n in range(2)]
    assert [Texts().daily_follower in seen for seen in one] == [False, False, True]
    assert [Texts().daily_account in seen for seen in two] == [False, True]


def test_a_follower_may_have_only_so_many_questions_waiting(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "follower_queue": 1}) as app:
        app.model.will(text="一")
        follower = app.follower()
        asked = []
        with app.while_the_model_thinks():
            for n in range(2):
                asked.append(gevent.spawn(follower.say, f"{n}"))
                app.until(lambda: app.one("SELECT count(*) FROM messages") == len(asked))
            assert Texts().too_many_waiting in follower.say("2").seen
        assert asked[0].get().seen == "一"
        asked[1].get()
    assert app.model.questions == ["0", "1"]
