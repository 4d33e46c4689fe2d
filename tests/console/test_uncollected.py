"""What waits to be collected, as the operator is told of it."""

import pytest

from console.pages.attention_words import Advisor
from console.views.uncollected import WINDOW, Uncollected
from fsm.window import Window


def test_an_answer_is_uncollected_only_when_wechats_own_window_has_closed() -> None:
    assert Window().seconds == WINDOW


@pytest.mark.parametrize(
    ("unread", "told"),
    [
        (0, "the follower read its text while the voice was being made"),
        (5, "the follower read a first part while it was being made"),
    ],
)
def test_of_a_voice_that_waits_it_is_said_that_all_of_its_text_was_read(
    unread: int, told: str
) -> None:
    answer = Uncollected(1, 1, settled_at=0.0, length=9, unread=unread, outcome="partial")
    _, why, _ = Advisor(0.0, True, (), {}).unread(answer)
    assert why.startswith(f"{told}; ")
