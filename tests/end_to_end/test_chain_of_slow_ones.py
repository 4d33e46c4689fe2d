"""A chain of models never answers fewer questions than its slow one alone would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from fsm.asking import attempts, rests
from sandbox.model import ModelStandIn
from settings.schema import Secret
from tests.end_to_end.chains import chained, named
from tests.end_to_end.test_chain import APOLOGY, called
from tests.end_to_end.test_chain_of_processes import until
from tests.running import ROOMY, Running, running

SLOW = {"text": "慢，可是有。", "after": 0.45}


@pytest.fixture
def slow() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.always(**SLOW)
    model.start()
    yield model
    model.stop()


@pytest.fixture
def dead() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.always(status=500)
    model.start()
    yield model
    model.stop()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one that has failed nobody asks again within the test."""
    monkeypatch.setattr(rests, "AGAIN_AFTER", 50.0)


def at_once(app: Running, count: int) -> list[str]:
    asking = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(count)]
    return [asked.get().seen for asked in asking]


def later(app: Running, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    db = app.huixin.db
    steady, clock = db.steady, db.clock
    monkeypatch.setattr(db, "steady", lambda: steady() + seconds)
    monkeypatch.setattr(db, "clock", lambda: clock() + seconds)


def test_nobody_is_lost_for_a_dead_one_that_stands_behind(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn
) -> None:
    with chained(tmp_path, slow, dead, limits={"gap_seconds": 0}) as app:
        for _ in range(3):
            assert at_once(app, 6) == ["慢，可是有。"] * 6
        assert len(slow.asked) == 18, "it never rests"
        assert len(dead.asked) <= 6 + 1 + 2, "of a herd one asks it once more"


def test_a_slow_one_is_not_given_up_for_one_whose_rest_is_over(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "FIRST_REST", 0.0)
    dead.always(status=404)
    with chained(tmp_path, slow, dead) as app:
        slow.will(status=500)
        assert app.follower("o-before").say("问").seen == APOLOGY
        assert at_once(app, 3) == ["慢，可是有。"] * 3


def test_one_that_fails_once_is_asked_once_more_where_the_other_has_failed_too(
    tmp_path: Path,
    slow: ModelStandIn,
    dead: ModelStandIn,
    brisk: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rests, "FIRST_REST", 0.0)
    dead.always(status=404)
    slow.always(text="好了。")
    with chained(tmp_path, slow, dead, openai={"takeover_seconds": 5.0}) as app:
        slow.will(status=500)
        assert app.follower("o-before").say("问").seen == APOLOGY
        assert app.follower().say("问").seen == "好了。"
        slow.will(status=500)
        assert app.follower().say("再问").seen == "好了。"
        assert len(dead.asked) == 1


def test_one_that_was_only_slow_is_asked_at_once_where_the_other_has_died(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, known: None
) -> None:
    dead.always(text="另一个来答。")
    with chained(tmp_path, slow, dead) as app:
        for _ in range(2):
            assert app.follower("o-before").say("问").seen == "另一个来答。"
        dead.always(status=404)
        assert app.follower().say("问").seen == "慢，可是有。"


def test_what_hangs_everywhere_is_put_again_to_one_that_comes_to_itself(tmp_path: Path) -> None:
    each = ("hung", {"after": 60.0}), ("failed", {"status": 500})
    walking = [gevent.spawn(_comes_to_itself, tmp_path / name, before) for name, before in each]
    gevent.joinall(walking, raise_error=True)  # whose greenlet is told of with its folder


def _comes_to_itself(folder: Path, before: dict[str, Any]) -> None:
    slow, dead = ModelStandIn(), ModelStandIn()
    slow.start()
    dead.start()
    slow.will(**before)
    slow.always(text="我好了。")
    dead.always(after=60.0)
    with chained(folder, slow, dead, openai={"takeover_seconds": 0.4}) as app:
        hanging = gevent.spawn(app.follower("o-hanging").say, "问")
        until(lambda: len(dead.asked) == 1)
        assert app.follower("o-quick").say("问").seen == "我好了。"
        until(lambda: app.all("SELECT state FROM messages") == ["REPLIED"] * 2)
        assert app.all("SELECT answered_by FROM messages") == ["0", "0"]
        assert called(app) == [["0", "1", "0"], ["0"]], "once, and nobody else"
        hanging.get()
    slow.stop()
    dead.stop()


def test_nobody_gives_up_a_probe_that_may_yet_speak(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, known: None
) -> None:
    dead.always(status=404)
    with chained(tmp_path, slow, dead) as app:
        slow.will(status=404)
        assert app.follower("o-before").say("问").seen == APOLOGY
        assert app.follower("o-herd").say("问").seen == "慢，可是有。"


def test_those_who_wait_for_a_probe_are_answered_when_it_speaks(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn
) -> None:
    dead.always(status=404)
    with chained(tmp_path, slow, dead, openai={"takeover_seconds": 0.1}) as app:
        slow.will(status=404)
        assert app.follower("o-before").say("问").seen == APOLOGY
        slow.will(text="好了。", after=0.4)
        slow.always(text="好了。")
        assert at_once(app, 4) == ["好了。"] * 4


def test_one_that_is_only_slow_for_one_of_two_is_not_asked_twice(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, known: None
) -> None:
    slow.will(text="慢，可是有。", after=0.6)
    slow.always(text="好了。")
    with chained(tmp_path, slow, dead, openai={"takeover_seconds": 0.4}) as app:
        waiting = gevent.spawn(app.follower("o-slow").say, "问")
        until(lambda: slow.asked)
        assert app.follower("o-quick").say("问").seen == "好了。"
        assert waiting.get().seen == "慢，可是有。"
        assert len(slow.asked) == 2


def test_a_place_that_is_wanted_is_not_taken_from_a_slow_one_for_one_that_has_failed(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, known: None
) -> None:
    limits = {"gap_seconds": 0, "model_calls": 3}
    with chained(tmp_path, slow, dead, limits=limits) as app:
        seen = at_once(app, 3)
        assert seen.count("慢，可是有。") >= 2, "one finds out how the other is, as nobody knows"
        assert at_once(app, 3) == ["慢，可是有。"] * 3


def test_one_that_hangs_is_helped_as_soon_as_there_is_a_place_for_both(
    tmp_path: Path, slow: ModelStandIn, dead: ModelStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "FIRST_REST", 0.0)
    limits = {"gap_seconds": 0, "model_calls": 2}
    with chained(tmp_path, slow, dead, limits=limits) as app:
        slow.will(status=500)
        dead.will(status=404)
        assert app.follower("o-before").say("问").seen == APOLOGY
        slow.will(after=60.0)
        dead.always(text="我好了。")
        hanging = gevent.spawn(app.follower("o-hanging").say, "问")
        until(lambda: len(slow.asked) == 2)
        assert app.follower("o-quick").say("问").seen == "慢，可是有。"
        assert hanging.get().seen == "我好了。"


def test_a_herd_asks_one_whose_keys_are_refused_once(
    tmp_path: Path,
    slow: ModelStandIn,
    dead: ModelStandIn,
    known: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead.always(status=401)
    keys = tuple(Secret(f"sk-{number}") for number in range(3))
    poor = named("poor", dead.url).model_copy(update={"api_keys": keys})
    with chained(tmp_path, slow, poor) as app:
        slow.will(status=404)
        assert app.follower("o-before").say("问").seen == APOLOGY
        later(app, monkeypatch, 100.0)
        before = len(dead.asked)
        assert at_once(app, 6) == ["慢，可是有。"] * 6
        assert len(dead.asked) - before == 3, "with each key"


def test_those_beside_the_one_that_tries_a_key_again_wait_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have less time left than the one that tries it may take."""
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.3)
    with running(tmp_path, window=ROOMY, openai={"answer_seconds": 6.0}) as app:
        app.model.will(status=429, retry_after=0.3)
        app.model.always(text="限流过了。", after=0.2)
        first = gevent.spawn(app.follower("o-first").say, "问")
        until(lambda: app.all("SELECT name FROM cool_downs"))
        assert at_once(app, 2) == ["限流过了。"] * 2
        assert first.get().seen == "限流过了。"
