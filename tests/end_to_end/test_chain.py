"""Several models: whoever can answers, quickly, and everybody is told who it was."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import gevent
import pytest

from sandbox.model import ModelStandIn
from settings.schema import Persona, Secret, Texts
from tests.end_to_end.chains import Mute, chained, named, nobody, sign_of_life, spoken
from tests.running import Running

APOLOGY = Texts().apology


@pytest.fixture
def mute() -> Iterator[Mute]:
    service = Mute()
    yield service
    service.stop()


def called(app: Running) -> list[list[str]]:
    """The models that were asked for each message."""
    return [names.split() for names in app.all("SELECT called FROM messages ORDER BY id")]


@pytest.mark.parametrize(
    "behaviour",
    [
        {"status": 500},
        {"status": 503},
        {"status": 401},
        {"status": 404},
        {"status": 429, "retry_after": 60},
        {"text": ""},
        {"text": "<think>想了想"},
        {"text": "话没说", "cut": 0},
    ],
    ids=str,
)
def test_the_next_answers_in_the_same_try_where_the_first_fails(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, behaviour: dict[str, Any]
) -> None:
    one.always(**behaviour)
    with chained(tmp_path, one, other) as app:
        fate = app.follower().say("问")
        assert fate.seen == "另一个来答。"
        assert fate.seen_after is not None and fate.seen_after < app.try_seconds
        assert (len(one.asked), len(other.asked)) == (1, 1)
        assert called(app) == [["0", "1"]]
        assert app.one("SELECT answered_by FROM messages") == "1"
        assert app.one("SELECT model_calls FROM messages") == 2


def test_a_dead_one_is_left_out_by_the_questions_that_follow(
    tmp_path: Path, other: ModelStandIn
) -> None:
    with chained(tmp_path, named("dead", nobody()), other) as app:
        for question in ("一", "二", "三"):
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app) == [["dead", "1"], ["1"], ["1"]]


def test_one_that_takes_the_question_and_says_nothing_is_hung_up_on_in_time(
    tmp_path: Path, mute: Mute, other: ModelStandIn
) -> None:
    with chained(tmp_path, mute, other) as app:
        fate = app.follower().say("问")
        assert fate.seen == "另一个来答。"
        assert fate.seen_after is not None and 0.3 <= fate.seen_after < 0.3 + app.try_seconds
        assert mute.hung_up.wait(5)


def test_one_that_hung_twice_is_left_alone_and_one_question_finds_out_when_it_is_well(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.always(after=60.0)
    with chained(tmp_path, one, other) as app:
        db, later = app.huixin.db, 0.0
        steady, clock = db.steady, db.clock
        monkeypatch.setattr(db, "steady", lambda: steady() + later)
        monkeypatch.setattr(db, "clock", lambda: clock() + later)
        for question in ("一", "二", "三"):
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app) == [["0", "1"], ["0", "1"], ["1"]]
        one.always(text="我好了。", after=0.1)
        later = 11.0
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(4)]
        seen = sorted(asked.get().seen for asked in asking)
        assert seen == ["另一个来答。"] * 3 + ["我好了。"], "one finds out, nobody waits for it"
        assert app.follower().say("再问").seen == "我好了。"


def test_what_was_said_is_not_said_again_by_another(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="说到一半就断了", cut=4)
    with chained(tmp_path, one, other) as app:
        assert app.follower().say("问").seen.startswith("说到一半\n")
        assert (len(other.asked), app.one("SELECT answered_by FROM messages")) == (0, "0")


def test_a_model_that_thinks_aloud_is_waited_for(tmp_path: Path, other: ModelStandIn) -> None:
    """It says nothing to read for longer than one that is silent would be given."""
    thoughts: list[bytes | float] = [sign_of_life("想"), 0.15]
    thinking = Mute([*thoughts * 4, spoken("想好了。")])
    with chained(tmp_path, thinking, other) as app:
        assert app.follower().say("问").seen == "想好了。"
        assert len(other.asked) == 0
    thinking.stop()


@pytest.mark.parametrize("first", ["slow", "mute"])
def test_the_next_is_asked_beside_a_slow_one_and_whoever_begins_first_is_heard(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, mute: Mute, first: str
) -> None:
    one.always(text="我慢慢来。", after=5.0)
    slow = one if first == "slow" else mute
    hedged = {"hedge_seconds": 0.2, "takeover_seconds": 3.0}
    with chained(tmp_path, slow, other, openai=hedged) as app:
        fate = app.follower().say("问")
        assert fate.seen == "另一个来答。"
        assert fate.seen_after is not None and 0.2 <= fate.seen_after < app.try_seconds
        assert app.one("SELECT model_calls FROM messages") == 2, "both are counted"
        assert called(app) == [["0", "1"]]
        if first == "mute":
            assert mute.hung_up.wait(5), "the one that is not heard is cut off"


def test_the_first_is_heard_where_it_begins_before_the_one_beside_it(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="我先说。", after=0.3, pace=0.1)
    other.always(text="我后说。", after=5.0)
    slow = {"hedge_seconds": 0.1, "takeover_seconds": 5.0}
    with chained(tmp_path, one, other, openai=slow) as app:
        assert app.follower().say("问").seen == "我先说。"
        assert called(app) == [["0", "1"]]
        assert app.one("SELECT answered_by FROM messages") == "0"
        assert app.all("SELECT text FROM history") == ["问", "我先说。"]


def test_a_quick_one_has_nobody_asked_beside_it(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="我先说，说得慢，也说得长。", pace=0.15)
    with chained(tmp_path, one, other, openai={"hedge_seconds": 0.3}) as app:
        assert app.follower().say("问").seen == "我先说，说得慢，也说得长。"
        assert len(other.asked) == 0


def test_where_the_one_beside_it_fails_the_slow_one_is_still_heard(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="慢，可是有。", after=0.4)
    other.always(status=500)
    slow = {"hedge_seconds": 0.1, "takeover_seconds": 5.0}
    with chained(tmp_path, one, other, openai=slow) as app:
        assert app.follower().say("问").seen == "慢，可是有。"


def test_a_server_that_stops_hangs_up_on_both(tmp_path: Path, mute: Mute) -> None:
    other = Mute()
    slow = {"hedge_seconds": 0.1, "takeover_seconds": 30.0}
    with chained(tmp_path, mute, other, openai=slow) as app:
        asking = gevent.spawn(app.follower().say, "问")
        while not (mute.asked and other.asked):
            gevent.sleep(0.02)
    assert mute.hung_up.wait(5) and other.hung_up.wait(5)
    other.stop()
    asking.get()


def test_where_all_are_dead_the_apology_comes_at_once_and_one_line_says_why(
    tmp_path: Path, one: ModelStandIn
) -> None:
    one.always(status=401)
    with chained(tmp_path, named("dead", nobody()), named("poor", one.url)) as app:
        for _ in range(2):
            fate = app.follower().say("问")
            assert fate.seen == APOLOGY
            assert fate.seen_after is not None and fate.seen_after < 2 * app.try_seconds
        assert app.all("SELECT role FROM history") == []
        for reason in app.all("SELECT failure FROM messages"):
            assert reason.startswith("NoModelLeft: dead: PortRefused")
            assert "; poor: NoKeyLeft: key 1/" in reason and "KeyRefused" in reason
        one.always(text="充值了。")
        assert app.follower().say("再问").seen == "充值了。"


def test_where_all_rest_one_question_finds_out_and_those_beside_it_wait_for_that(
    tmp_path: Path, one: ModelStandIn, brisk: None
) -> None:
    one.always(status=404)
    with chained(tmp_path, one, named("dead", nobody())) as app:
        assert app.follower().say("问").seen == APOLOGY
        one.always(text="修好了。", after=0.15)
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(4)]
        assert [asked.get().seen for asked in asking] == ["修好了。"] * 4


def test_where_all_rest_and_stay_so_nobody_waits_for_long(
    tmp_path: Path, one: ModelStandIn, mute: Mute, brisk: None
) -> None:
    one.always(status=404)
    with chained(
        tmp_path, one, mute, openai={"read_seconds": 0.2, "takeover_seconds": 0.15}
    ) as app:
        for _ in range(2):
            app.follower().say("问")
        before = mute.asked
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(6)]
        for asked in asking:
            fate = asked.get()
            assert fate.seen == APOLOGY
            assert fate.seen_after is not None and fate.seen_after < 3 * app.try_seconds
        assert mute.asked - before < 6, "some were told by those before them"


def test_the_same_key_of_two_models_rests_with_one_of_them_only(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(status=401)
    keys = {"api_keys": (Secret("sk-both"),)}
    models = [named(str(n), m.url).model_copy(update=keys) for n, m in enumerate((one, other))]
    with chained(tmp_path, *models) as app:
        for question in ("一", "二"):
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app) == [["0", "1"], ["1"]]
        assert app.one("SELECT count(*) FROM cool_downs WHERE name LIKE 'key %'") == 1


def test_one_that_may_be_asked_once_at_a_time_leaves_the_others_to_the_next(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="只我一个。", after=0.4)
    only = named("one", one.url, calls=1, takeover_seconds=5.0)
    with chained(tmp_path, only, other) as app:
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(3)]
        seen = sorted(asked.get().seen for asked in asking)
        assert seen == ["另一个来答。", "另一个来答。", "只我一个。"]


def test_where_each_is_asked_as_often_as_it_may_be_the_first_place_is_taken(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="我很久才说完。", after=0.1, pace=0.3)
    other.always(text="另一个来答。", after=0.15)
    models = [named(name, m.url, calls=1) for name, m in (("one", one), ("other", other))]
    with chained(tmp_path, *models) as app:
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(3)]
        seen = [asked.get() for asked in asking]
        quick = [fate for fate in seen if fate.seen == "另一个来答。"]
        assert len(quick) == 2
        assert all((fate.seen_after or 9) < 2 * app.try_seconds for fate in quick)


def test_a_character_may_name_the_model_that_is_asked_first(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    personas = {"小美": Persona(prompt="你是小美。"), "诗人": Persona(prompt="写诗。", model="1")}
    with chained(tmp_path, one, other, personas=personas) as app:
        app.follower().say("问")
        app.follower().say("角色 诗人")
        assert app.follower().say("问").seen == "另一个来答。"
        assert called(app) == [["0"], [], ["1"]]


def test_a_monitor_is_told_of_each_and_is_fine_as_long_as_one_is(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(status=404)
    with chained(tmp_path, one, other) as app:
        app.follower().say("问")
        ready = app.huixin.health.readiness()["model"]
        assert ready.startswith("ok, but 0: WrongAddress: HTTP 404, ")
        assert "models[0].base_url" in ready
        with closing(urlopen(app.url.replace("/wechat", "/readyz"), timeout=5)) as answer:
            told = json.load(answer)
        assert told["model 0"].startswith("WrongAddress: HTTP 404, ")
        assert told["model 1"].startswith("answered ")


def test_a_monitor_is_told_where_none_is_well(tmp_path: Path, one: ModelStandIn) -> None:
    one.always(status=401)
    with chained(tmp_path, named("dead", nobody()), named("poor", one.url)) as app:
        app.follower().say("问")
        ready = app.huixin.health.readiness()["model"]
        assert ready.startswith("dead: PortRefused: ") and "; poor: KeyRefused: HTTP 401, " in ready


def test_each_call_is_announced_with_its_model_and_what_to_do(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    one.always(status=404)
    with chained(tmp_path, one, other) as app:
        app.follower().say("问")
    calls = [line for line in caplog.messages if "event=model_called" in line]
    assert "model=0 " in calls[0] and "result=WrongAddress" in calls[0]
    assert "correct models[0].base_url" in calls[0]
    assert "model=1 " in calls[1] and "result=answered" in calls[1]
