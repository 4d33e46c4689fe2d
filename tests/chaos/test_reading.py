"""What a chaos run's reader makes of pieces that do not name their question."""

from typing import Any

import pytest

from fsm.text.plain_text import to_plain
from sandbox.follower import Fate, SeenTry
from sandbox.model import at_length
from sandbox.wire import Reply
from settings.schema import Texts
from tests.chaos.reading import Reading, Row
from tests.chaos.story import ASKS_ON, SentMessage, Story

SHORT, LONG = "第00001号 睡0.3", "第00002号 慢慢说"
SHORT_ANSWER, LONG_ANSWER = f"你刚才说的是“{SHORT}”。", to_plain(at_length(LONG))
TITLE = "一个很长的回答"
MORE_TO_COME = "\n\n" + Texts().more.format(link="继续", word="继续")


def row(number: int, question: str, *, settled_at: float, **more: Any) -> Row:
    """A message as the store has it."""
    stored = {"id": number, "msg_id": f"m{number}", "follower_id": 1, "question": question}
    stored |= {"answer": None, "state": "REPLIED", "settled_at": settled_at}
    return stored | {"reply": None, "reply_of": None} | more


def asked(number: int, question: str, answer: str, *, settled_at: float) -> Row:
    """A question as the store has it."""
    return row(number, question, settled_at=settled_at, answer=answer, reply=answer)


def asked_on(number: int, *, of: int, settled_at: float) -> Row:
    """A 继续 as the store has it, where another brought what it was settled with."""
    return row(number, ASKS_ON, settled_at=settled_at, reply="nobody saw it", reply_of=of)


def seen(number: int, question: str, shown: str, *, at: float, whom: str = "o-1") -> SentMessage:
    """A message to which its follower saw this."""
    delivered = SeenTry("reply", "", 200, reply=Reply("text", shown)) if shown else None
    tries = [delivered] if delivered else []
    fate = Fate(f"m{number}", tries, delivered)
    return SentMessage(whom, f"m{number}", question, at - 15, at, fate)


def carried(number: int, *, came: float) -> Row:
    """A try as the store has it: it brought the reply of that message."""
    return {"message_id": number, "arrived_at": came, "outcome": "replied"}


def broken(
    messages: list[Row],
    *said: SentMessage,
    kills: tuple[float, ...] = (),
    tries: tuple[Row, ...] = (),
    processes: int = 1,
) -> list[str]:
    """What is found of it."""

    def killed_between(begin: float, end: float) -> int:
        return sum(begin <= kill <= end for kill in kills)

    story = Story(said=list(said))
    reading = Reading(messages, story, killed_between, tries=list(tries), processes=processes)
    return list(reading.broken())


def test_a_beginning_that_names_no_question_is_that_of_the_answer_being_written() -> None:
    messages = [
        asked(1, SHORT, SHORT_ANSWER, settled_at=50.0),
        asked(2, LONG, LONG_ANSWER, settled_at=80.0),
        asked_on(3, of=2, settled_at=80.0),
        asked_on(4, of=2, settled_at=100.0),
    ]
    assert not broken(
        messages,
        seen(2, LONG, "", at=40.0),
        seen(1, SHORT, SHORT_ANSWER, at=50.0),
        seen(3, ASKS_ON, TITLE + MORE_TO_COME, at=60.0),
        seen(4, ASKS_ON, LONG_ANSWER.removeprefix(TITLE), at=100.0),
    )


def test_what_was_read_last_goes_on_before_another_begins() -> None:
    middle, end = LONG_ANSWER[:100], LONG_ANSWER[100:]
    unnamed, rest = end[:30], end[30:]
    messages = [
        asked(2, LONG, LONG_ANSWER, settled_at=80.0),
        asked(5, SHORT, unnamed + SHORT, settled_at=90.0),
        asked_on(6, of=2, settled_at=80.0),
        asked_on(7, of=2, settled_at=100.0),
        asked_on(8, of=5, settled_at=101.0),
    ]
    assert not broken(
        messages,
        seen(2, LONG, middle + MORE_TO_COME, at=50.0),
        seen(5, SHORT, "", at=55.0),
        seen(6, ASKS_ON, unnamed + MORE_TO_COME, at=60.0),
        seen(7, ASKS_ON, rest, at=100.0),
        seen(8, ASKS_ON, unnamed + SHORT, at=101.0),
    )


def test_what_waited_whole_and_unnamed_is_shown_by_one_that_waits_for_its_turn() -> None:
    broken_off, answer = "第00004号 断流", f"你好！{Texts().broken_off}"
    messages = [
        asked(4, broken_off, answer, settled_at=50.0),
        asked(5, SHORT, SHORT_ANSWER, settled_at=70.0),
        asked_on(6, of=5, settled_at=70.0),
        row(7, ASKS_ON, settled_at=80.0, reply=SHORT_ANSWER, reply_of=5),
    ]
    assert not broken(
        messages,
        seen(4, broken_off, "", at=45.0),
        seen(5, SHORT, "", at=55.0),
        seen(6, ASKS_ON, answer, at=60.0),
        seen(7, ASKS_ON, SHORT_ANSWER, at=80.0),
    )


def test_what_the_model_says_to_a_typed_word_is_nothing_of_an_earlier_answer() -> None:
    messages = [
        asked(1, SHORT, SHORT_ANSWER, settled_at=50.0),
        row(2, ASKS_ON, settled_at=70.0, reply="你刚才说的是“继续”。", reply_of=2),
    ]
    assert not broken(
        messages,
        seen(1, SHORT, SHORT_ANSWER, at=50.0),
        seen(2, ASKS_ON, "你刚才说" + MORE_TO_COME, at=69.0),
    )


def test_a_beginning_is_not_that_of_a_question_whose_turn_has_not_come() -> None:
    later = "第00003号 慢慢说"
    answers = [LONG_ANSWER, to_plain(at_length(later))]
    messages = [
        asked(2, LONG, answers[0], settled_at=80.0),
        asked(3, later, answers[1], settled_at=120.0),
        asked_on(4, of=2, settled_at=80.0),
        asked_on(5, of=2, settled_at=130.0),
        asked_on(6, of=3, settled_at=131.0),
    ]
    said = [
        seen(2, LONG, TITLE + MORE_TO_COME, at=50.0),
        seen(3, later, "", at=55.0),
        seen(4, ASKS_ON, TITLE + MORE_TO_COME, at=60.0),
        seen(5, ASKS_ON, answers[0].removeprefix(TITLE), at=130.0),
        seen(6, ASKS_ON, answers[1], at=131.0),
    ]
    assert broken(messages, *said) == ["message 2: m4 shows what was read before"]
    assert not broken(messages, *said, kills=(50.5,))


@pytest.mark.parametrize(
    ("processes", "later", "allowed"),
    [(2, 0.05, True), (2, 0.5, False), (1, 0.05, False)],
    ids=["by two at once", "by two, one later", "by one"],
)
def test_a_beginning_may_be_shown_twice_by_two_processes_at_once(
    processes: int, later: float, allowed: bool
) -> None:
    messages = [
        asked(2, LONG, LONG_ANSWER, settled_at=80.0),
        asked_on(3, of=2, settled_at=80.0),
        asked_on(4, of=2, settled_at=90.0),
    ]
    found = broken(
        messages,
        seen(2, LONG, TITLE + MORE_TO_COME, at=50.0),
        seen(3, ASKS_ON, TITLE + MORE_TO_COME, at=50.0 + later),
        seen(4, ASKS_ON, LONG_ANSWER.removeprefix(TITLE), at=90.0),
        processes=processes,
    )
    assert found == ([] if allowed else ["message 2: m3 shows what was read before"])


COLLECTED_AT = 81.0
BEGINNING, END = LONG_ANSWER[:90], LONG_ANSWER[90:]


def collected() -> list[Row]:
    """A long answer that WeChat had hung up on; one 继续 was settled with its beginning."""
    return [
        asked(2, LONG, LONG_ANSWER, settled_at=80.0) | {"reply": BEGINNING},
        row(3, ASKS_ON, settled_at=COLLECTED_AT, reply=BEGINNING, reply_of=2),
        row(4, ASKS_ON, settled_at=90.0, reply=END, reply_of=2),
    ]


@pytest.mark.parametrize(
    ("came", "allowed"),
    [
        (COLLECTED_AT + 0.01, True),
        (COLLECTED_AT - 0.01, False),
        (None, False),
    ],
    ids=["after it was collected", "before, so that 继续 had to wait", "in no try that is known"],
)
@pytest.mark.parametrize("first", [2, 3], ids=["its own seen first", "继续 seen first"])
def test_a_beginning_comes_twice_where_its_own_try_came_after_it_was_collected(
    came: float | None, allowed: bool, first: int
) -> None:
    said = [seen(2, LONG, BEGINNING, at=82.0), seen(3, ASKS_ON, BEGINNING, at=82.5)]
    if first == 3:
        said = [seen(3, ASKS_ON, BEGINNING, at=82.0), seen(2, LONG, BEGINNING, at=82.5)]
    found = broken(
        collected(),
        *said,
        seen(4, ASKS_ON, END, at=91.0),
        tries=(carried(2, came=came),) if came else (),
    )
    again = "m3" if first == 2 else "m2"
    assert found == ([] if allowed else [f"message 2: {again} shows what was read before"])


def test_its_own_try_may_come_when_more_of_it_was_collected() -> None:
    last = row(5, ASKS_ON, settled_at=92.0, reply=END[50:], reply_of=2)
    middle = {"reply": END[:50]}
    messages = [*collected()[:2], collected()[2] | middle, last]
    assert not broken(
        messages,
        seen(3, ASKS_ON, BEGINNING, at=82.0),
        seen(4, ASKS_ON, END[:50], at=91.0),
        seen(2, LONG, BEGINNING, at=91.5),
        seen(5, ASKS_ON, END[50:], at=93.0),
        tries=(carried(2, came=91.2),),
    )


def test_to_collect_it_twice_is_no_try_of_its_own() -> None:
    again = row(4, ASKS_ON, settled_at=90.0, reply=BEGINNING, reply_of=2)
    rest = row(5, ASKS_ON, settled_at=92.0, reply=END, reply_of=2)
    found = broken(
        [*collected()[:2], again, rest],
        seen(2, LONG, "", at=80.0),
        seen(3, ASKS_ON, BEGINNING, at=82.0),
        seen(4, ASKS_ON, BEGINNING, at=91.0),
        seen(5, ASKS_ON, END, at=93.0),
        tries=(carried(2, came=95.0),),
    )
    assert found == ["message 2: m4 shows what was read before"]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([LONG_ANSWER[:90]], f"message 2: 84 of {len(''.join(LONG_ANSWER.split()))} characters"),
        ([LONG_ANSWER[:90], LONG_ANSWER[95:]], "message 2: m4 shows what does not come next"),
        ([LONG_ANSWER, LONG_ANSWER[:90]], "message 2: m4 shows what was read before"),
    ],
    ids=["not to its end", "with a gap", "twice"],
)
def test_an_answer_has_to_be_read_whole_and_once(pieces: list[str], found: str) -> None:
    messages = [asked(2, LONG, LONG_ANSWER, settled_at=80.0)]
    said = [seen(2, LONG, pieces[0], at=80.0)]
    for number, piece in enumerate(pieces[1:], 4):
        messages.append(row(number, ASKS_ON, settled_at=90.0, reply=piece, reply_of=2))
        said.append(seen(number, ASKS_ON, piece, at=90.0 + number))
    [first, *_] = broken(messages, *said)
    assert first.startswith(found)


def test_nobody_sees_the_answer_of_another() -> None:
    messages = [
        asked(1, SHORT, SHORT_ANSWER, settled_at=50.0),
        row(2, ASKS_ON, settled_at=60.0, follower_id=2),
    ]
    said = [
        seen(1, SHORT, SHORT_ANSWER, at=50.0),
        seen(2, ASKS_ON, SHORT_ANSWER, at=60.0, whom="o-2"),
    ]
    assert "o-2 saw the answer of message 1" in broken(messages, *said)
