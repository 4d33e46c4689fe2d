"""What no service should send, and some do: the loop goes on, and others are served meanwhile."""

from collections.abc import Callable

import pytest

from settings.schema import Texts
from tests.dialects.conftest import Thinks
from tests.dialects.service import DONE, STREAM, Sends, Service, delta, response, stream
from tests.ticking import longest_turn

A, LONG = delta("甲"), f"\n{Texts().cut_by_length}"
MEGABYTE = 1 << 20
# Made when its turn comes: together they are 40 MB in each process.
TOO_MUCH: list[tuple[str, Callable[[], Sends], str]] = [
    ("line ends", lambda: stream(b"\n" * (8 * MEGABYTE), A, DONE), "甲"),
    ("blanks", lambda: stream(b" " * (8 * MEGABYTE), A, DONE), "甲"),
    ("comments", lambda: stream(b":\n" * (MEGABYTE // 8), A, DONE), "甲"),
    ("empty events", lambda: stream(b"data:\n\n" * 20_000, A, DONE), "甲"),
    ("events of nothing", lambda: stream(b"data: {}\n\n" * 10_000, A, DONE), "甲"),
    ("lines of one event", lambda: stream(b"data: x\n" * 20_000, b"\n", A, DONE), "甲"),
    (
        "one line",
        lambda: stream(A, b"data: " + b"x" * (8 * MEGABYTE), b"\n\n", A, DONE),
        "甲" + LONG,
    ),
    ("one line of an answer", lambda: stream(delta("x" * (3 * MEGABYTE)), DONE), ""),
    ("one chunk of thoughts", lambda: stream(delta("", reasoning="x" * 500_000), A, DONE), "甲"),
    ("JSON without end", lambda: response(200, b"[" * (3 * MEGABYTE)), ""),
    ("deep JSON", lambda: stream(b"data: " + b"[" * 99_000, b"\n\n", A, DONE), "甲"),
]


@pytest.mark.parametrize(("name", "sends", "reads"), TOO_MUCH, ids=[row[0] for row in TOO_MUCH])
def test_too_much_is_bounded_and_stops_nobody(
    service: Service, brain: Thinks, name: str, sends: Callable[[], Sends], reads: str
) -> None:
    service.answers = [sends()]
    asking = brain(answer_seconds=60.0)
    answers: list[str | None] = []
    turn = longest_turn(lambda: answers.append(asking.ask().answer))
    assert answers == [reads or None]
    assert turn < 0.05


@pytest.mark.parametrize(
    "mark", ["[", "![", "<", "*a **b", "`", "[[a]", "\n", "<think>", "<|", "$$"]
)
def test_an_answer_of_marks_alone_is_made_plain_while_others_go_on(
    service: Service, brain: Thinks, mark: str
) -> None:
    text = mark * (90_000 // len(mark))
    service.answers = [
        [STREAM, *(delta(text[at : at + 5000]) for at in range(0, len(text), 5000)), DONE]
    ]
    asking = brain(answer_seconds=60.0)
    assert longest_turn(asking.ask) < 0.2
