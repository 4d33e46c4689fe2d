"""The whole life of one message is on one time line."""

import re
from collections.abc import Callable

from console.views import life, lookup
from fsm import moves
from store import invited, messages, tries
from store.messages import State
from store.outcomes import Outcome
from tests.console.story import WORDING, Story, look_at_follower
from tests.console.terminal import Ran


def test_the_whole_life_of_a_message_is_on_one_time_line(story: Story) -> None:
    message = story.says()
    story.now += 0.5
    asked = story.is_asked(message)
    story.tries(message, Outcome.DROPPED, seconds=5)
    story.tries(message, Outcome.THINKING, seconds=4)
    story.now += 3
    story.answers(asked, "x" * 800)
    more = story.says("继续")
    collected = moves.collect(story.db, more, WORDING, at=story.now)
    assert collected
    story.now += 1
    story.tries(collected, Outcome.REPLIED)
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert [(m.what, m.gap) for m in found.moments] == [
        ("arrived", None),
        ("try 1 began", 0.5),
        ("RECEIVED → GENERATING", 0),
        ("try 2 began", 5),
        ("try 1 ended", 0),
        ("try 2 ended", 4),
        ("GENERATING → REPLIED", 3),
        ("collected", 1),
    ]
    assert [moment.note for moment in found.moments[-4:]] == [
        "dropped",
        "thinking",
        "answered",
        f"by message {more.id}, up to character {collected.reply_end}",
    ]
    assert [(s.how, s.length, s.text) for s in found.seen] == [
        ("try 2: thinking", 0, None),
        (f"message {more.id}", len(collected.reply or ""), None),
    ]
    assert found.saved.read_to == collected.reply_end
    assert found.saved.turns == ["user", "assistant"]


def test_what_is_unfinished_says_how_long_it_has_not_moved(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.now -= 300
    today.is_asked(today.says())
    out = inspect("show", "1")[1]
    assert re.search(r"late +3 min past its time", out)
    assert re.search(r"owner +nobody", out)
    assert re.search(r"\+5 min +now +still GENERATING", out)


def test_a_failed_message_says_why(today: Story, inspect: Callable[..., Ran]) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401 for each key")
    out = inspect("show", "1")[1]
    assert re.search(r"failure +KeyRefused: 401 for each key", out)
    assert re.search(r"in the history +no turn", out)


def test_what_the_operator_did_is_told_from_what_the_server_did(story: Story) -> None:
    message = story.fails(story.is_asked(story.says()), "given up by hand")
    story.db.execute("UPDATE moves SET made_by = 'operator' WHERE event = 'gave_up'")
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert [moment.note for moment in found.moments if "→" in moment.what] == [
        "picked_up",
        "gave_up, by the operator",
    ]


def test_a_voice_is_told_by_what_it_says(today: Story, inspect: Callable[..., Ran]) -> None:
    message = today.puts(today.says(kind="voice"), State.UPLOADED)
    today.db.execute("UPDATE messages SET answer = 'words and more', voiced_to = 5")
    message = messages.get(today.db, message.id)
    settled = moves.voice_settled(today.db, message, at=today.now)
    today.tries(settled, Outcome.REPLIED)
    found = life.look(today.db, message.id, at=today.now, texts=True)
    assert [(seen.spoken, seen.text) for seen in found.seen] == [(True, "words")]
    [exchange] = look_at_follower(today, message.follower_id).exchanges
    assert (exchange.spoken, exchange.read) == (True, "words")
    for words in (["show", "1", "--text"], ["follower", "1", "--text"]):
        assert "(a voice) words" in inspect(*words)[1]


def test_a_voice_that_waits_is_unread_though_its_text_was_read(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    message = today.puts(today.says(kind="voice"), State.UPLOADED)
    today.db.execute("UPDATE messages SET given = 'hi', voiced_to = 2")
    moves.voice_settled(today.db, messages.get(today.db, message.id), at=today.now)
    assert "its voice not heard" in inspect("follower", "1")[1]


def test_a_try_that_never_ended_says_so(story: Story) -> None:
    message = story.says()
    tries.begin(story.db, message.id, at=story.now)
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert str(found.moments[-1].note) == "open still, or the process died meanwhile"


def test_a_message_is_found_by_its_msg_id(story: Story) -> None:
    message = story.says()
    assert message.msg_id
    assert lookup.message_id(story.db, message.msg_id) == message.id
    assert lookup.message_id(story.db, str(message.id)) == message.id


def test_the_words_that_were_shown_are_told_with_text_only(story: Story) -> None:
    message = story.tells("my question", "my answer")
    told = life.look(story.db, message.id, at=story.now, texts=True)
    assert [seen.text for seen in told.seen] == ["my answer"]
    assert (told.question, told.answer) == ("my question", "my answer")
    silent = life.look(story.db, message.id, at=story.now, texts=False)
    assert [(seen.text, seen.length) for seen in silent.seen] == [(None, 9)]


def test_who_was_handed_over_to_people_is_told_so(story: Story) -> None:
    message = story.says("a person, please")
    moves.hand_over(story.db, message, at=story.now)
    assert life.look(story.db, message.id, at=story.now, texts=False).saved.reply == "handed over"


def test_what_was_refused_is_told_by_its_rule(today: Story, inspect: Callable[..., Ran]) -> None:
    asked = today.says("words that are listed")
    moves.refuse_question(today.db, asked, "words.txt:3", "not this", at=today.now)
    answered = today.is_asked(today.says("hello", who="o-bob"))
    moves.refuse_answer(today.db, answered, "words.txt:7", "not that", at=today.now)
    shown = inspect("show", str(asked.id), "--text")[1]
    assert "the question, by words.txt:3" in shown
    assert "listed" not in shown
    assert "the answer, by words.txt:7" in inspect("show", str(answered.id))[1]
    assert "the question, by words.txt:3" in inspect("follower", "o-anna")[1]
    assert "2 refused by rules" in inspect()[1]
    figures = inspect("stats", "--since", "1h")[1]
    assert re.search(r"words.txt:7\W+answer\W+1", figures)
    invited.let_in(today.db, asked.follower_id, by="words", at=today.now)
    assert "a pass phrase" in inspect("follower", "o-anna")[1]
