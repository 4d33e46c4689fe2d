"""When more is asked than may be asked at once: in order, and who comes too late is told so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest

from fsm.window import Window
from tests.running import WINDOW, Running, running
from tests.shown import STILL_THINKING


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window, limits={"model_calls": 1, "gap_seconds": 0}) as app:
        yield app


def asked(app: Running, how_many: int) -> None:
    """Wait until so many messages are stored."""
    with gevent.Timeout(5):
        while app.one("SELECT count(*) FROM messages") < how_many:
            gevent.sleep(0.01)


@pytest.mark.parametrize("window", [replace(WINDOW, tries=2)], ids=["two tries"])
def test_whose_question_cannot_be_put_in_time_is_told_at_once_and_collects_the_answer(
    app: Running,
) -> None:
    app.model.always(text="答。", after=1.1 * app.try_seconds)
    assert app.follower("o-one").say("一").seen == "答。"
    before = []
    for number in range(2):
        before.append(gevent.spawn(app.follower(f"o-{number}").say, "二"))
        asked(app, 2 + number)
    late = app.follower("o-late")
    told = late.say("三")
    assert (told.seen or "").startswith(STILL_THINKING)
    assert [one.result for one in told.tries] == ["reply"]
    first, second = (one.get() for one in before)
    assert first.seen == "答。"
    assert second.seen.startswith(STILL_THINKING)  # its turn came in time, its answer did not
    assert len(second.tries) == 2
    app.until(lambda: app.one("SELECT count(*) FROM messages WHERE settled_at IS NULL") == 0)
    assert late.say("继续").seen == "答。"
    assert len(app.model.questions) == 4


def test_whose_turn_comes_in_time_is_held_for_the_answer(app: Running) -> None:
    app.model.always(text="答。", after=0.5 * app.try_seconds)
    assert app.follower("o-one").say("一").seen == "答。"
    asking = [gevent.spawn(app.follower(f"o-{number}").say, "二") for number in range(3)]
    assert [one.get().seen for one in asking] == ["答。"] * 3
