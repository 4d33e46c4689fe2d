"""Several models of which few are well: whoever loses a race is not ill, and nobody hangs alone."""

from pathlib import Path

import gevent
import pytest

from fsm.asking import rests
from sandbox.model import ModelStandIn
from tests.end_to_end.chains import chained
from tests.end_to_end.test_chain import APOLOGY, called
from tests.running import Running


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has failed may be asked again without a pause, where no other is well."""
    monkeypatch.setattr(rests, "AGAIN_AFTER", 0.0, raising=False)


def let_it_fail(app: Running, *models: ModelStandIn) -> None:
    """Have them fail so that they rest, and be themselves again."""
    for model in models:
        model.will(status=404)
    app.follower("o-before").say("先问")


def resting(app: Running) -> list[str]:
    app.huixin.db.write(lambda _: None)  # behind what was saved without waiting
    return app.all("SELECT reason FROM cool_downs WHERE name LIKE 'model %'")


def test_whoever_loses_a_race_is_not_left_alone_for_it(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    one.always(text="我先说。", after=0.15)
    other.always(text="另一个来答。", after=0.25)
    hedged = {"hedge_seconds": 0.08, "takeover_seconds": 5.0}
    with chained(tmp_path, one, other, openai=hedged) as app:
        for question in "一二三":
            assert app.follower().say(question).seen == "我先说。"
        one.always(after=60.0)
        other.always(text="另一个来答。")
        for question in "四五六":
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app) == [["0", "1"]] * 6
        assert resting(app) == []
        for question in "七八九":
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app)[6:] == [["0", "1"], ["0", "1"], ["1"]], "unless that goes on"
        assert resting(app) == ["NoFirstWord"]


@pytest.mark.parametrize("hedge", [0.0, 0.1])
def test_one_that_hangs_is_helped_by_one_that_rests(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, at_once: None, hedge: float
) -> None:
    with chained(tmp_path, other, one, openai={"hedge_seconds": hedge}) as app:
        let_it_fail(app, other)
        one.always(after=60.0)
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(4)]
        fates = [asked.get() for asked in asking]
        assert [fate.seen for fate in fates] == ["另一个来答。"] * 4
        assert all((fate.seen_after or 9) < 3 * app.try_seconds for fate in fates)
        if not hedge:  # the one asked beside it may have answered before
            assert resting(app) == ["NoFirstWord"], "each has had its patience"


def test_one_that_is_slow_is_still_heard_where_the_one_that_rests_cannot_help(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, at_once: None
) -> None:
    other.always(status=404)
    with chained(tmp_path, other, one) as app:
        let_it_fail(app)
        one.always(text="慢，可是有。", after=0.5)
        assert app.follower().say("问").seen == "慢，可是有。"
        assert called(app)[1:] == [["1", "0"]], "and it is not asked over and over"


def test_one_that_hangs_is_helped_as_soon_as_another_may_be_asked(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has failed a moment ago: its time comes while the question hangs."""
    monkeypatch.setattr(rests, "AGAIN_AFTER", 0.5, raising=False)
    with chained(tmp_path, other, one) as app:
        let_it_fail(app, other)
        one.always(after=60.0)
        fate = app.follower().say("问")
        assert fate.seen == "另一个来答。"
        assert called(app)[1:] == [["1", "0"]]


def test_one_that_hangs_is_helped_by_one_that_others_find_to_be_well(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, at_once: None
) -> None:
    """While one question finds out how it is, others wait for that, and ask it then."""
    with chained(tmp_path, other, one, openai={"takeover_seconds": 0.4}) as app:
        let_it_fail(app, other)
        one.always(after=60.0)
        other.always(text="另一个来答。", after=0.2)
        asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(3)]
        assert [asked.get().seen for asked in asking] == ["另一个来答。"] * 3
        assert len(other.asked) == 1 + 3, "nobody asks twice"


def test_where_the_one_that_helps_hangs_too_the_third_is_asked(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn, at_once: None
) -> None:
    first = ModelStandIn()
    first.always(after=60.0)
    first.start()
    with chained(tmp_path, first, other, one) as app:
        let_it_fail(app, first, other)
        one.always(after=60.0)
        assert app.follower().say("问").seen == "另一个来答。"
        assert called(app)[1:] == [["2", "0", "1"]]
    first.stop()


def test_where_all_rest_a_question_asks_one_and_their_rest_grows_no_longer_for_that(
    tmp_path: Path,
    one: ModelStandIn,
    other: ModelStandIn,
    brisk: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    third = ModelStandIn()
    third.start()
    for model, status in ((one, 500), (other, 503), (third, 401)):
        model.always(status=status)
    with chained(tmp_path, one, other, third) as app:
        for question in "一二三四五六":
            assert app.follower().say(question).seen == APOLOGY
        assert all(len(names) == 1 for names in called(app)[2:]), "which finds out"
        assert {name for names in called(app)[2:] for name in names} == {"0", "1", "2"}, "in turn"
        rests = [line for line in caplog.messages if "event=model_rests" in line]
        assert [line.partition("seconds=")[2] for line in rests] == ["10.0", "10.0"]
        third.always(text="充值了。")
        assert {app.follower().say(question).seen for question in "七八九"} == {APOLOGY, "充值了。"}
    third.stop()


@pytest.mark.parametrize("says", ["", "<think>想了想"])
def test_one_that_says_nothing_time_and_again_is_left_alone_until_it_does(
    tmp_path: Path,
    one: ModelStandIn,
    other: ModelStandIn,
    monkeypatch: pytest.MonkeyPatch,
    says: str,
) -> None:
    one.always(text=says)
    with chained(tmp_path, one, other) as app:
        for question in "一二三":
            assert app.follower().say(question).seen == "另一个来答。"
        assert called(app) == [["0", "1"], ["0", "1"], ["1"]]
        db, later = app.huixin.db, 11.0
        steady, clock = db.steady, db.clock
        monkeypatch.setattr(db, "steady", lambda: steady() + later)
        monkeypatch.setattr(db, "clock", lambda: clock() + later)
        for question in "四五":
            app.follower().say(question)
        assert called(app)[3:] == [["0", "1"], ["1"]], "and for longer"
        later = 40.0
        one.always(text="我好了。")
        assert [app.follower().say(question).seen for question in "六七"] == ["我好了。"] * 2
