"""A follower's tokens of the day: what the service says, or what there is to be counted."""

from pathlib import Path

import pytest

from fsm.asking.tokens import estimated
from fsm.limits import MOST_REFUSED
from integrations.model.content.openai import tokens_in
from sandbox.model import ModelStandIn
from settings.schema import Texts
from tests.end_to_end.chains import chained
from tests.running import running

USED_UP = Texts().daily_tokens


def test_who_has_used_up_the_tokens_of_the_day_is_told_so(tmp_path: Path) -> None:
    with running(tmp_path, limits={"daily_tokens_follower": 100}) as app:
        app.model.will(text="一。", tokens=60)
        app.model.will(text="二。", tokens=60)
        app.model.will(text="三。", tokens=60)
        follower = app.follower()
        assert [follower.say("甲").seen, follower.say("乙").seen] == ["一。", "二。"]
        refused = follower.say("丙")
        assert refused.seen == USED_UP
        assert follower.say("丙", msg_id=refused.msg_id).seen == USED_UP
        assert "重新开始" in follower.say("新对话").seen, "a command is free"
        assert app.follower("o-two").say("丁").seen == "三。"
        app.restart()
        assert app.follower().say("戊").seen == USED_UP
        assert app.model.questions == ["甲", "乙", "丁"]
        saved = app.all("SELECT tokens FROM messages WHERE tokens IS NOT NULL ORDER BY id")
        assert saved == [60, 60, 60]


@pytest.mark.parametrize(
    "limits", [{"daily_follower": 1}, {"gap_seconds": 1000, "gaps": 1}, {"daily_account": 1}]
)
def test_who_asks_on_over_a_limit_is_told_so_a_few_times_and_leaves_no_more_rows(
    tmp_path: Path, limits: dict[str, int]
) -> None:
    with running(tmp_path, limits=limits) as app:
        follower = app.follower()
        told = [follower.say(f"问{number}").seen for number in range(30)]
        assert all(told[: 1 + MOST_REFUSED]) and not any(told[-10:]), "then there is silence"
        assert app.one("SELECT count(*) FROM messages") == 1 + MOST_REFUSED
        assert len(app.model.asked) == 1
        assert "重新开始" in follower.say("新对话").seen, "a command is heard as ever"
        assert app.follower("o-two").say("问").seen, "and so are others"


@pytest.mark.parametrize("stream", [True, False])
def test_where_the_service_does_not_say_they_are_estimated(tmp_path: Path, stream: bool) -> None:
    own = {"system_prompt": "", "stream_response": stream}
    with running(tmp_path, openai=own) as app:
        app.model.will(text="答" * 40)
        app.follower().say("问" * 20)
        assert app.one("SELECT tokens FROM messages") == 60
        app.model.will(text="答", tokens=7)
        app.follower().say("再问")
        assert app.one("SELECT tokens FROM messages ORDER BY id DESC LIMIT 1") == 7


@pytest.mark.parametrize("tokens", [60, None])
def test_an_answer_that_a_rule_refuses_has_cost_what_it_has_cost(
    tmp_path: Path, tokens: int | None
) -> None:
    rules = {"patterns": {"bad": "坏话"}}
    own = {"system_prompt": ""}
    few = {"daily_tokens_follower": 100}
    with running(tmp_path, openai=own, moderation=rules, limits=few) as app:
        app.model.always(text="坏话" * 20, tokens=tokens)
        seen = [app.follower().say("问" * 20).seen for _ in range(3)]
        assert USED_UP not in seen[:2] and seen[2] == USED_UP
        assert app.all("SELECT tokens FROM messages WHERE tokens IS NOT NULL") == [60, 60]


def test_each_call_that_has_said_something_has_cost(tmp_path: Path) -> None:
    with running(tmp_path, openai={"system_prompt": ""}) as app:
        app.model.will(status=500, times=2)
        app.follower().say("问" * 20)
        app.model.will(text="<think>" + "想" * 30, cut=27)
        app.model.will(text="好" * 5)
        assert app.follower().say("问" * 20).seen == "好" * 5
        turns, thought = app.model.bodies[-1]["messages"], "<think>" + "想" * 20
        cost = estimated(turns, thought) + estimated(turns, "好" * 5)
        assert app.all("SELECT tokens FROM messages ORDER BY id") == [None, cost]


def test_both_that_are_asked_side_by_side_have_cost(tmp_path: Path) -> None:
    slow, quick = ModelStandIn(), ModelStandIn()
    slow.always(text="慢", after=20.0)
    quick.always(text="快" * 20)
    for model in (slow, quick):
        model.start()
    hedged = {"hedge_seconds": 0.1, "takeover_seconds": 5.0}
    with chained(tmp_path, slow, quick, openai=hedged) as app:
        assert app.follower().say("问" * 20).seen == "快" * 20
        turns = quick.bodies[0]["messages"]
        cost = estimated(turns, "") + estimated(turns, "快" * 20)
        app.huixin.db.write(lambda _: None)  # behind what was saved without waiting
        assert app.one("SELECT tokens FROM messages") == cost
    for model in (slow, quick):
        model.stop()


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"total_tokens": 12}, 12),
        ({"prompt_tokens": 5, "completion_tokens": 8}, 13),
        ({"total_tokens": 0}, None),
        ({"total_tokens": "12"}, None),
        ({"total_tokens": True, "prompt_tokens": 5}, None),
        ({"total_tokens": 10**12}, None),
        (None, None),
        ([3], None),
    ],
)
def test_only_a_count_is_one(usage: object, tokens: int | None) -> None:
    assert tokens_in({"choices": [], "usage": usage}) == tokens
