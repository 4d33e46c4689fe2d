"""Figures say how it went."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from console.views import statistics
from store.outcomes import Outcome
from tests.console.story import HOUR, Story
from tests.console.terminal import Ran


def test_figures_say_how_it_went(story: Story) -> None:
    story.tells("too old", "to count")
    story.now += 2 * HOUR
    since = story.now
    for seconds in (1, 2, 3, 20):
        began = story.now
        asked = story.is_asked(story.says())
        story.now += seconds
        story.tries(story.answers(asked), Outcome.REPLIED)
        story.now = began
    for reason in ("KeyRefused: 401", "KeyRefused: 403"):
        failed = story.fails(story.is_asked(story.says()), reason)
        story.tries(failed, Outcome.REPLIED)  # with an apology, which is no answer
    story.is_asked(story.says())
    story.now += 60
    found = statistics.look(story.db, since=since, at=story.now, limit=100)
    assert found.messages == 7
    assert found.by_state == {"GENERATING": 1, "REPLIED": 4, "FAILED": 2}
    assert (found.answered_in_window, found.windows_closed) == (3, 7)
    assert found.by_tries == {0: 1, 1: 6}
    stages = {stage.state: (stage.messages, stage.p50, stage.p95) for stage in found.stages}
    assert stages["GENERATING"] == (6, 1, 20)
    assert stages[statistics.END_TO_END] == (6, 1, 20)
    results = {r.result: (r.messages, r.model_calls) for r in found.results}
    assert results == {"answered": (4, 4), "KeyRefused": (2, 2), "unfinished": (1, 1)}
    assert found.models == [statistics.OfModel("a-model", 7, 4)]


def test_figures_are_of_so_many_messages_at_most_and_say_so(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    for _ in range(5):
        today.now += 1
        today.tells("hello", "hi")
    for limit, counted, cut in ((4, 4, True), (5, 5, False), (6, 5, False)):
        found = statistics.look(today.db, since=0.0, at=today.now, limit=limit)
        assert (found.messages, found.cut) == (counted, cut)
    assert "older ones are left out" in inspect("stats", "--limit", "4")[1]


def test_figures_of_no_message_are_one_line(today: Story, inspect: Callable[..., Ran]) -> None:
    code, out, _ = inspect("stats")
    assert code == 0
    assert out.startswith("0 messages since ")


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = statistics.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
