"""What waits to be collected, as the operator is told of it."""

from console.views.uncollected import WINDOW
from fsm.window import Window


def test_an_answer_is_uncollected_only_when_wechats_own_window_has_closed() -> None:
    assert Window().seconds == WINDOW
