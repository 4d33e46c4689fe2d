"""The operator's own answers, as followers get them: free, and before the model."""

import json
import re
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.follower import Fate
from sandbox.wire import tap
from settings.replies_file import replies_in
from settings.schema import Texts
from settings.sections.personas import Persona
from settings.sections.replies import ReplyRule
from settings.taps import with_links
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.running import TRY, Running, running
from tests.speaking import wait_for

POSTER = "oLpFJYQy-media_1"
NEWS = {
    "title": "课程 <A&B>",
    "description": "一行“话”",
    "picture": "https://a.example/图 1.jpg?x=1&y=2",
    "url": "https://a.example/课程?from=wx&n=1",
}
ARTICLE = "课程 <A&B>\n一行“话”\nhttps://a.example/%E5%9B%BE%201.jpg?x=1&y=2\n" + (
    "https://a.example/%E8%AF%BE%E7%A8%8B?from=wx&n=1"
)


def rules(*given: dict[str, Any]) -> tuple[ReplyRule, ...]:
    return replies_in(json.dumps(given, ensure_ascii=False), {})


EACH_KIND = rules(
    {"words": "营业时间", "text": "每天 9:00 到 21:00。{tap:地址 & “路线” 🎉}"},
    {"words": "海报", "image": POSTER},
    {"words": "课程", "news": NEWS},
    {"click": "HELP", "text": "点到了"},
    {"scan": 1001, "subscribe": 1001, "text": "扫码来的"},
)


@typed_or_spoken
@in_each_mode
def test_each_kind_of_answer_comes_in_each_mode(
    tmp_path: Path, how: dict[str, Any], spoken: bool
) -> None:
    with running(tmp_path, replies=EACH_KIND, wechat=SEALED) as app:
        hours = tell(app, "营业时间", spoken=spoken, **how)
        assert hours.seen == with_links("每天 9:00 到 21:00。{tap:地址 & “路线” 🎉}")
        assert tap(hours.seen) == "地址 & “路线” 🎉"
        poster, course = (tell(app, word, spoken=spoken, **how) for word in ("海报", "课程"))
        assert (poster.kind, poster.content) == ("image", POSTER)
        assert (course.kind, course.content) == ("news", ARTICLE)
        assert app.model.asked == []
        assert app.all("SELECT counts FROM messages") == [0, 0, 0]
        assert app.all("SELECT role FROM history") == []


@in_each_mode
def test_what_is_tapped_scanned_or_subscribed_by_is_answered(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    with running(tmp_path, replies=EACH_KIND, wechat=SEALED) as app:
        follower = app.follower(**how)
        assert follower.send_event("CLICK", "HELP").seen == "点到了"
        assert follower.send_event("SCAN", "1001").seen == "扫码来的"
        assert follower.send_event("subscribe", "qrscene_1001").seen == "扫码来的"
        assert "很高兴认识你" in app.follower("o-two", **how).send_event("subscribe").seen
        for event, key in (("CLICK", "OTHER"), ("SCAN", "7"), ("VIEW", "https://a.example")):
            assert [one.result for one in follower.send_event(event, key).tries] == ["empty"]
        assert app.model.asked == []


def tries_seen(fate: Fate) -> set[str]:
    return {one.reply.content for one in fate.tries if one.reply}


def test_of_several_one_is_chosen_once_and_each_try_gets_it(tmp_path: Path) -> None:
    several = rules({"contains": "退款", "text": ["甲", "乙", "丙"], "image": POSTER})
    with running(tmp_path, replies=several) as app:
        seen = set()
        for n in range(40):
            fate = app.follower(f"o-{n}", overlap=(0, 0, 0)).say("我要退款")
            assert len(tries_seen(fate)) == 1
            seen |= tries_seen(fate)
            if len(seen) == 4:
                break
        assert seen == {"甲", "乙", "丙", POSTER}


def test_a_command_goes_first_and_a_rule_before_the_kind_and_the_model(tmp_path: Path) -> None:
    given = rules(
        {"pattern": ".", "text": "都是我的"},
        {"words": "新对话", "text": "轮不到我"},
        {"subscribe": "*", "image": POSTER},
    )
    with running(tmp_path, replies=given) as app:
        follower = app.follower()
        assert follower.send_event("subscribe").seen == "[image]"
        assert follower.say("你好").seen == "都是我的"
        assert "重新开始" in follower.say("新对话").seen
        assert app.model.asked == []


def test_a_rule_may_ask_the_model_and_that_is_a_question(tmp_path: Path) -> None:
    given = rules(
        {"click": "JOKE", "ask": "讲一个笑话"},
        {"contains": "天气", "ask": "用一句话回答：{text}"},
    )
    with running(tmp_path, replies=given, limits={"daily_follower": 2}) as app:
        follower = app.follower()
        app.model.will(text="从前有座山。")
        assert follower.send_event("CLICK", "JOKE").seen == "从前有座山。"
        app.model.will(text="晴。")
        assert follower.say("明天天气").seen == "晴。"
        assert app.model.questions == ["讲一个笑话", "用一句话回答：明天天气"]
        assert app.all("SELECT text FROM history WHERE role = 'user'") == app.model.questions
        assert app.all("SELECT question FROM messages") == ["", "明天天气"]
        assert Texts().daily_follower in follower.say("后天天气").seen
        app.huixin.db.write(lambda db: db.execute("DELETE FROM history").rowcount)


def test_nobody_has_the_model_asked_who_is_not_let_in(tmp_path: Path) -> None:
    given = rules({"subscribe": 7, "ask": "讲个故事"}, {"subscribe": 8, "text": "欢迎"})
    with running(tmp_path, replies=given, access={"words": ("芝麻开门",)}) as app:
        follower = app.follower()
        assert Texts().access_asked in follower.send_event("subscribe", "qrscene_7").seen
        assert follower.send_event("subscribe", "qrscene_8").seen == "欢迎"
        assert app.model.asked == []


def test_an_empty_text_says_nothing_and_asks_nothing(tmp_path: Path) -> None:
    with running(tmp_path, replies=rules({"words": "嗯", "text": ""})) as app:
        assert [one.result for one in app.follower().say("嗯。").tries] == ["empty"]
        assert app.model.asked == []


def test_what_was_settled_stays_though_the_rules_are_others_after_a_restart(
    tmp_path: Path,
) -> None:
    with running(tmp_path, replies=rules({"words": "价格", "text": "旧的"})) as app:
        msg_id = "24000000000000001"
        assert app.follower().say("价格", msg_id=msg_id).seen == "旧的"
        app.sections["replies"] = rules({"words": "价格", "text": "新的"})
        app.restart()
        assert app.follower().say("价格", msg_id=msg_id).seen == "旧的"
        assert app.follower().say("价格").seen == "新的"


def test_who_taps_while_the_model_writes_is_answered_in_turn(tmp_path: Path) -> None:
    with running(tmp_path, replies=EACH_KIND) as app:
        app.model.will(text="想好了。", after=0.5 * TRY)
        asked = gevent.spawn(app.follower().say, "问题")
        wait_for(lambda: app.model.asked)
        assert app.follower().send_event("CLICK", "HELP").seen == "点到了"
        assert asked.get().seen == "想好了。"


def changed(app: Running, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    app.huixin.rereading.read_all()


def test_a_file_of_rules_is_read_again_and_a_bad_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = tmp_path / "replies.yml"
    path.write_text("- {words: 价格, text: 十元}\n", encoding="utf-8")
    own = rules({"words": "地址", "text": "人民路"})
    with running(tmp_path, replies=own, replies_file=path) as app:
        follower = app.follower()
        assert [follower.say(word).seen for word in ("价格", "地址")] == ["十元", "人民路"]
        changed(app, path, "- {words: 价格, text: 八元}\n- {words: [新对话, 地址], text: x}\n")
        assert follower.say("价格").seen == "八元"
        assert "event=reread" in caplog.text and "entries=3" in caplog.text
        assert "reply 3: “新对话” is a command's word" in caplog.text
        assert "reply 3: “地址” fits reply 1" in caplog.text
        changed(app, path, "- {words: 价格, text: 六元}\n- {words: 电话}\n")
        assert f'event=not_reread reason="{path}:2: replies[1]: it says nothing' in caplog.text
        assert follower.say("价格").seen == "八元"


def test_a_word_that_is_no_command_just_now_has_its_fixed_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """下课 outside of a lesson, 继续 where nothing waits: their docs say that they mean nothing."""
    own = rules({"words": ["下课", "继续"], "text": "固定"}, {"words": "角色", "text": "没有"})
    persona = Persona(prompt="你是小美。")
    with running(tmp_path, replies=own, personas={"小美": persona}) as app:
        follower = app.follower()
        assert [follower.say(word).seen for word in ("下课", "继续")] == ["固定", "固定"]
        assert app.model.asked == []
        app.model.always(text="Well done.")
        follower.say("英语对话 机场")
        assert follower.say("下课").seen == "Well done."
        assert follower.say("下课").seen == "固定"
        assert app.all("SELECT counts FROM messages ORDER BY id") == [0, 0, 1, 1, 0]
    [doubt] = re.findall("event=doubtful_reply .*", caplog.text)
    assert "“角色” is a command's word" in doubt
