"""A follower sees what is stored of them, takes it along, and has it erased."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.sealing import Seal
from sandbox.wire import tap
from settings.schema import Texts
from store.database import Connection
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.replies.test_fixed_answers import rules
from tests.running import TRY, Running, running
from tests.shown import EARLIER_WAITS, REST
from tests.speaking import wait_for

FIVE_MINUTES = 300.0


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, wechat=SEALED, limits={"gap_seconds": 0, "daily_follower": 9}) as app:
        yield app


def later(app: Running, seconds: float) -> None:
    """Let so much time pass for what the follower was asked to confirm."""

    def put_back(db: Connection) -> None:
        db.execute("UPDATE followers SET erase_until = erase_until - :s", {"s": seconds})

    app.huixin.db.write(put_back)


def followers(app: Running) -> list[str]:
    return app.all("SELECT open_id FROM followers ORDER BY open_id")


@typed_or_spoken
@in_each_mode
def test_all_is_told_exported_and_erased(app: Running, how: dict[str, Any], spoken: bool) -> None:
    app.model.will(text="第一个回答")
    tell(app, "第一个问题", spoken=False, **how)
    told = tell(app, "我的数据", spoken=spoken, **how).seen
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    assert f"2条消息，最早的一条是{today}的" in told
    assert "今天提了1个问题，一天最多9个" in told
    assert tap(told, "导出") == "导出"
    exported = tell(app, "导出", spoken=spoken, **how).seen
    assert exported.startswith(f"【{today} ")
    assert exported.endswith("问】\n第一个问题\n\n【答】\n第一个回答")
    asked = tell(app, tap(told, "删除我的数据"), spoken=spoken, **how).seen
    assert "5分钟内有效" in asked
    assert Texts().erase_done in tell(app, tap(asked), spoken=spoken, **how).seen
    assert followers(app) == []
    assert app.model.questions == ["第一个问题"], "none of it was a question"


def test_what_was_used_of_a_days_tokens_is_told_in_percent(tmp_path: Path) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "daily_tokens_follower": 1000}) as app:
        app.follower().say("你好")
        app.huixin.db.write(lambda db: db.execute("UPDATE messages SET tokens = 250").rowcount)
        told = app.follower().say("我的").seen
        assert "用量用掉了25%" in told
        assert "文字提问" not in told, "there are no voices"


def test_nobody_is_told_or_shown_what_is_another_followers(app: Running) -> None:
    app.follower("o-other").say("别人的秘密")
    assert "1条消息" in app.follower("o-one").say("我的").seen
    assert app.follower("o-one").say("导出").seen == Texts().export_nothing
    app.follower("o-one").say("删除我的数据")
    app.follower("o-other").say("确认删除")
    assert followers(app) == ["o-one", "o-other"], "the other one was asked nothing"
    app.follower("o-one").say("确认删除")
    assert followers(app) == ["o-other"]
    assert app.model.questions == ["别人的秘密", "确认删除"]


def test_a_long_conversation_is_exported_slice_by_slice_up_to_a_bound(app: Running) -> None:
    for number in range(9):
        app.model.will(text=f"第{number}个回答。" + "很长的一句话。" * 400)
        app.follower().say(f"第{number}个问题")
    first = read = app.follower().say("导出")
    assert read.seen.startswith("（更早的放不下了")
    whole = read.seen
    while REST in read.seen:
        assert len(read.seen.encode()) <= 2000
        read = app.follower().say("继续")
        whole += read.seen
    assert EARLIER_WAITS in read.seen, "what waited before waits on"
    assert "第8个回答" in whole and "第0个问题" not in whole
    assert len(app.model.asked) == 9
    assert app.follower().say("导出").seen == first.seen, "an export is not exported"


def test_an_export_has_what_was_said_and_not_what_a_rule_asked_in_its_place(
    tmp_path: Path,
) -> None:
    given = rules(
        {"contains": "天气", "ask": "不说是谁，用一句话回答：{text}"},
        {"scan": 7, "ask": "介绍活动"},
    )
    with running(tmp_path, replies=given) as app:
        app.model.will(text="晴。")
        app.follower().say("明天天气")
        app.model.will(text="周六有课。")
        app.follower().send_event("SCAN", "7")
        exported = app.follower().say("导出").seen
        assert "问】\n明天天气\n\n【答】\n晴。\n\n" in exported
        assert exported.endswith("问】\n\n【答】\n周六有课。")
        assert "用一句话" not in exported and "介绍活动" not in exported


def test_what_was_typed_makes_no_link_of_ours(app: Running) -> None:
    app.model.will(text="好的。")
    app.follower().say('<a href="https://example.org">点我</a>')
    assert "<a href" not in app.follower().say("导出").seen


def test_each_try_of_the_last_word_is_told_the_same_also_after_a_restart(app: Running) -> None:
    app.follower().say("删除我的数据")
    app.restart()
    told = app.follower(overlap=(0, 0, 0)).say("确认删除", msg_id="77")
    bodies = {one.body for one in told.tries if one.body}
    app.restart()
    again = app.follower().say("确认删除", msg_id="77")
    assert Texts().erase_done in again.seen
    assert bodies == {again.tries[0].body}
    assert followers(app) == []
    exported = app.follower().say("导出").seen
    assert Texts().export_nothing in exported, "and whoever comes back is new"


def test_the_link_of_a_confirmation_is_tapped_twice(app: Running) -> None:
    asked = app.follower().say("删除我的数据").seen
    assert Texts().erase_done in app.follower().say(tap(asked)).seen
    assert "5分钟内有效" in app.follower().say(tap(asked)).seen
    assert app.model.asked == []


def test_a_confirmation_that_comes_too_late_is_asked_for_again(app: Running) -> None:
    app.follower().say("删除我的数据")
    later(app, FIVE_MINUTES + 1)
    asked = app.follower().say("确认删除我的数据").seen
    assert "5分钟内有效" in asked
    assert followers(app) == ["o-one"]
    later(app, -3 * FIVE_MINUTES)
    assert "5分钟内有效" in app.follower().say(tap(asked)).seen, "the clock was put back"
    assert Texts().erase_done in app.follower().say(tap(asked)).seen


def test_what_is_under_way_is_stopped_and_brings_nothing_back(app: Running) -> None:
    app.model.will(text="太晚了", after=60.0)
    app.model.will(text="又见面了。")
    asking = gevent.spawn(app.follower().say, "很难的问题")
    wait_for(lambda: app.model.asked)
    waiting = gevent.spawn(app.follower().say, "后一个问题")
    wait_for(lambda: app.one("SELECT count(*) FROM messages") == 2)
    app.follower().say("删除我的数据", msg_id="5")
    assert Texts().erase_done in app.follower().say("确认删除").seen
    assert asking.get(timeout=3 * TRY).seen == ""
    assert waiting.get(timeout=3 * TRY).seen == ""
    for table in ("followers", "messages", "history", "tries", "moves"):
        assert app.one(f"SELECT count(*) FROM {table}") == 0, table
    assert app.follower().say("你好").seen == "又见面了。"
    assert app.model.questions == ["很难的问题", "你好"]


@pytest.mark.parametrize("words", ["mine_words", "export_words", "erase_words"])
def test_a_command_without_words_is_a_question(tmp_path: Path, words: str) -> None:
    with running(tmp_path, texts={words: ()}) as app:
        said = {"mine_words": "我的", "export_words": "导出", "erase_words": "删除我的数据"}
        app.follower().say(said[words])
        app.follower().say("确认删除")
        assert app.model.questions == [said[words], "确认删除"]
        if words != "mine_words":
            assert said[words] not in app.follower().say("我的").seen


def test_a_seal_is_what_the_server_opens(app: Running) -> None:
    """The modes above are told apart: who seals with another key gets nothing."""
    other = Seal("a-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx0123456789abcdef")
    assert app.follower(seal=other, tries=1).say("我的").tries[0].result != "reply"
