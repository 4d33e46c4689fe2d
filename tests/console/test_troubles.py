"""What goes wrong is told by its cause: what goes on first with its cure, what is over last."""

from collections.abc import Callable

import pytest

from console.output import Page, Table, as_plain
from console.pages.attention import of_attention
from fsm import moves
from fsm.reasons import ADVICE
from store import cool_downs
from store.messages import State
from store.outcomes import Outcome
from tests.console.story import HOUR, WORDING, Story
from tests.console.terminal import Ran

LIMITED = "NoKeyLeft: key 1/9f3a: OverTheLimit"


def failed(story: Story, reason: str, times: int = 1) -> None:
    for _ in range(times):
        story.fails(story.is_asked(story.says()), reason)


def answered(story: Story) -> None:
    story.tells("hello", "hi")


def page_of(story: Story, *, limit: int = 5) -> Page:
    return of_attention(story.look(limit=limit))


def entries(page: Page) -> list[tuple[str, ...]]:
    return [row for part in page.parts if isinstance(part, Table) for row in part.rows]


def test_failures_of_the_last_hour_are_counted_by_their_cause(story: Story) -> None:
    failed(story, "an old one")
    story.now += HOUR + 1
    failed(story, "KeyRefused: HTTP 401, code invalid_api_key")
    failed(story, "ModelFailed: HTTP 503", times=2)
    failed(story, "ModelFailed: HTTP 500, code 7")
    found = story.look().failures
    assert [(f.cause, f.messages) for f in found] == [("ModelFailed", 3), ("KeyRefused", 1)]
    assert (found[0].reason, found[0].others) == (
        "ModelFailed: HTTP 503",
        ["ModelFailed: HTTP 500, code 7"],
    )


def test_at_a_limit_its_own_cure_is_told_and_not_that_of_a_refused_key(story: Story) -> None:
    failed(story, "OverTheLimit: HTTP 429")
    failed(story, LIMITED)
    [(what, why, then)] = entries(page_of(story))
    assert what.startswith("2 messages")
    assert LIMITED in why
    assert then.startswith(str(ADVICE["OverTheLimit"]))
    assert "renew" not in then


def test_where_keys_rest_for_several_causes_each_of_them_has_its_cure(story: Story) -> None:
    failed(story, "NoKeyLeft: key 1/9f3a: KeyRefused, key 2/5db1: OverTheLimit")
    [(_, _, then)] = entries(page_of(story))
    assert f"KeyRefused: {ADVICE['KeyRefused']}" in then
    assert f"OverTheLimit: {ADVICE['OverTheLimit']}" in then


def test_the_cause_that_rules_now_comes_before_what_is_more_frequent(story: Story) -> None:
    failed(story, "ModelFailed: HTTP 500", times=9)
    story.now += 60
    failed(story, "AnswerWithheld: HTTP 400", times=5)
    failed(story, LIMITED)
    story.now += 60
    failed(story, "EmptyAnswer: it ended, and nothing was said")
    causes = [failure.cause for failure in story.look().failures]
    assert causes == ["OverTheLimit", "ModelFailed", "EmptyAnswer", "AnswerWithheld"]


def test_when_the_model_answers_again_it_is_said_and_what_failed_is_over(story: Story) -> None:
    failed(story, LIMITED, times=3)
    story.now += 60
    answered(story)
    story.now += 3
    page = page_of(story)
    [table] = [part for part in page.parts if isinstance(part, Table)]
    assert table.calm, "it does not look like an emergency"
    assert "and over: the model has answered since (3)" in table.title
    [(_, why, then)] = table.rows
    assert why.endswith("since then the model answered 3 s ago")
    assert then.startswith("nothing, it is over; or ")
    assert "the model answered 3 s ago" in str(page.parts[-1])


def test_what_fails_after_an_answer_is_not_over_and_comes_first(story: Story) -> None:
    failed(story, LIMITED, times=3)
    story.now += 60
    answered(story)
    story.now += 60
    failed(story, "NameNotFound: no such host")
    found = story.look().failures
    assert [(f.cause, f.over, f.goes_on) for f in found] == [
        ("NameNotFound", False, True),
        ("OverTheLimit", True, False),
    ]
    [table] = [part for part in page_of(story).parts if isinstance(part, Table)]
    assert not table.calm
    assert "the follower got an apology (4)" in table.title


@pytest.mark.parametrize("reason", ["operator: nonsense", "TakenUpTooOften"])
def test_what_no_service_is_to_blame_for_is_not_ended_by_an_answer(
    story: Story, reason: str
) -> None:
    failed(story, reason)
    story.now += 1
    answered(story)
    [failure] = story.look().failures
    assert (failure.over, failure.goes_on, failure.reason) == (False, False, reason)


def test_nothing_that_goes_on_is_hidden_by_a_limit(story: Story) -> None:
    for reason in ("PortRefused", "ModelSilent", "StreamCut", "EmptyAnswer", "AnswerTooLong"):
        failed(story, f"{reason}: so it was")
    found = [failure.cause for failure in story.look(limit=1).failures]
    assert sorted(found) == ["ModelSilent", "PortRefused", "StreamCut"]
    assert "and 2 more" in as_plain(page_of(story, limit=1))


def test_one_of_each_reason_to_rest_is_always_shown(story: Story) -> None:
    for number in range(7):
        until = story.now + 600 - number
        cool_downs.rest(story.db, f"key {number}", until=until, reason="KeyRefused")
    for number, reason in enumerate(("OverTheLimit", "AccessDenied")):
        cool_downs.rest(story.db, f"other {number}", until=story.now + 20, reason=reason)
    shown = [(rest.name, rest.reason) for rest in story.look(limit=2).resting]
    assert shown[0] == ("key 0", "KeyRefused")
    assert {reason for _, reason in shown} == {"KeyRefused", "OverTheLimit", "AccessDenied"}
    assert len(shown) == 3
    assert story.look().totals.resting == 9


def test_a_message_that_others_wait_for_is_shown_before_all_that_wait(story: Story) -> None:
    head = story.is_asked(story.says(who="o-one"))
    waiting = [story.says(who="o-one").id for _ in range(4)]
    story.now += 60
    another = story.is_asked(story.says(who="o-two"))
    story.now += 121
    found = [message.message_id for message in story.look(limit=3).overdue]
    assert found == [head.id, another.id, waiting[0]]


def test_a_voice_that_failed_is_over_when_another_was_made(story: Story) -> None:
    first = story.puts(story.says(kind="voice"), State.SYNTHESIZING)
    reason = "SpeechRefused: Forbidden"
    moves.voice_failed(story.db, first, WORDING, reason, at=story.now)
    story.tries(first, Outcome.REPLIED)
    [mute] = story.look().mute
    assert mute.goes_on
    story.now += 5
    answered(story)
    [mute] = story.look().mute
    assert mute.goes_on, "the model is not the speech service"
    story.puts(story.says(kind="voice"), State.UPLOADED)
    [mute] = story.look().mute
    assert mute.over


def test_where_all_is_well_the_line_says_when_the_model_answered(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    assert "the model answered" not in inspect()[1]
    today.now -= 3
    answered(today)
    assert "the model answered 3 s ago" in inspect()[1]
