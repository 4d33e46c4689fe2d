"""A conversation reads as its follower saw it."""

from collections.abc import Callable

from fsm import shown
from store import history
from store.outcomes import Outcome
from tests.console.story import Story, look_at_follower
from tests.console.terminal import Ran


def test_a_conversation_reads_as_the_follower_saw_it(story: Story) -> None:
    first = story.tells("one", "first")
    partly = story.is_asked(story.says("two"))
    shown.show(story.db, partly, "the beginning")
    story.tries(partly, Outcome.PARTIAL, seconds=4.6)
    failed = story.fails(story.is_asked(story.says("three")), "KeyRefused: 401")
    story.tries(failed, Outcome.REPLIED)
    story.says("four")
    found = look_at_follower(story, first.follower_id)
    assert [(e.question, e.read, e.outcome) for e in found.exchanges] == [
        ("one", "first", "replied"),
        ("two", "the beginning", "partial"),
        ("three", "sorry", "replied"),
        ("four", "", None),
    ]
    assert found.unfinished == 2


def test_the_history_is_what_the_next_question_would_be_asked_with(story: Story) -> None:
    for n in range(15):
        story.now += 1
        story.tells(f"question {n}", f"answer {n}")
    for last in (1, 2, 5, 6, 21):
        found = look_at_follower(story, 1, save_history=last)
        story.db.execute("BEGIN")
        asked = story.is_asked(story.says("next"))
        turns, _ = history.turns(story.db, asked, last=last, characters=6000)
        story.db.execute("ROLLBACK")
        assert [(turn.role, turn.text) for turn in found.history] == [
            (turn["role"], turn["content"]) for turn in turns[:-1]
        ]


def test_after_a_silence_the_next_question_has_no_history(story: Story) -> None:
    story.tells("hello", "hi")
    story.now += 600
    assert len(look_at_follower(story, 1).history) == 2
    story.now += 1
    found = look_at_follower(story, 1)
    assert found.session_over
    assert found.history == []


def test_what_is_unread_is_what_more_would_bring(story: Story) -> None:
    story.answers(story.is_asked(story.says()), "x" * 700)
    story.fails(story.is_asked(story.says()), "an apology waits until the next question")
    story.now += 20
    assert [u.unread for u in look_at_follower(story, 1).unread] == [len("sorry"), 700]
    read = story.answers(story.is_asked(story.says()), "y" * 100)
    story.tries(read, Outcome.REPLIED)
    assert [u.unread for u in look_at_follower(story, 1).unread] == [700]


def test_a_follower_who_has_nothing_stored_can_be_looked_at(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.says()
    today.db.execute("DELETE FROM messages")
    code, out, _ = inspect("follower", "o-anna")
    assert code == 0
    assert "No message is stored." in out


def test_how_a_follower_chose_to_be_answered_is_told(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.says()
    assert "is answered" not in inspect("follower", "o-anna")[1]
    for chosen, words in ((1, "by voice"), (0, "in writing")):
        today.db.execute("UPDATE followers SET by_voice = :chosen", {"chosen": chosen})
        assert words in inspect("follower", "o-anna")[1]
