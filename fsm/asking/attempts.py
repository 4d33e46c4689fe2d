"""What may still be tried for one question: another key, once more, or with a shorter history."""

import time
from collections.abc import Callable, Iterator

import gevent

from fsm.asking.keys import Key, Keys
from fsm.failures import NoKeyLeft
from integrations.model.errors import (
    ConversationTooLong,
    KeyRefused,
    ModelError,
    NoSuchModel,
    OverTheLimit,
    ParameterRefused,
)
from integrations.model.parameters import Turns

ONCE_MORE_AFTER = 0.5  # seconds: a service that is just being started has come up by then
FIRST_PAUSE = 1.0  # seconds between two calls of one question, where a limit says no time
LONGEST_PAUSE = 16.0  # each is twice the one before it, up to this
MOST_ADAPTED = 4  # refused parameters, one after the other


class Attempts:
    """The calls of one model for one question: `turns` is what to ask with next.

    `deadline` is of monotonic time. With another model behind it, it is not the last: then nothing
    is waited for. `once_more` says whether it may be asked a second time.
    """

    def __init__(
        self,
        keys: Keys,
        turns: Turns,
        deadline: float,
        *,
        is_last: Callable[[], bool],
        once_more: Callable[[], bool],
    ) -> None:
        self.turns = turns
        self._keys = keys
        self._deadline = deadline
        self._used_up: set[Key] = set()
        self._limited = 0
        self._adapted = 0
        self._shortened = False
        self._is_last = is_last
        self._once_more = once_more
        self._asked_again = False
        self._last: ModelError | None = None

    def keys(self) -> Iterator[Key]:
        """The key of each call, waiting where all of them rest. Raises `ModelError` at the end."""
        while key := self._keys.turn(besides=self._used_up, patience=self._patience):
            yield key
        if isinstance(self._last, NoSuchModel):
            raise self._last
        raise NoKeyLeft(self._keys.why_none_is_left())

    def failed(self, key: Key, error: ModelError) -> None:
        """Take note of a call that brought nothing. Raises it where asking again is of no use."""
        self._last = error
        if not isinstance(error, KeyRefused | OverTheLimit):
            self._keys.answers(key)
        if not self._goes_on(key, error):
            raise error

    def _goes_on(self, key: Key, error: ModelError) -> bool:
        match error:
            case OverTheLimit():
                self._limited += 1
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._limited - 1, 10))
                self._keys.over_the_limit(key, error, at_least=pause)
            case KeyRefused():
                self._keys.refused(key, error)
                self._used_up.add(key)
            case NoSuchModel():  # another key may be of an account that has it
                self._used_up.add(key)
            case ParameterRefused():
                self._adapted += 1
                return error.adapted and self._adapted <= MOST_ADAPTED
            case ConversationTooLong():
                shorter = newer_half(self.turns)
                if self._shortened or len(shorter) == len(self.turns):
                    return False
                self.turns, self._shortened = shorter, True
            case _:
                if self._asked_again or not (error.retryable and self._once_more()):
                    return False
                self._asked_again = True
                gevent.sleep(ONCE_MORE_AFTER)
        return self._left > 0

    @property
    def _patience(self) -> float:
        return self._left if self._is_last() else 0.0

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()


def newer_half(turns: Turns) -> Turns:
    """The turns without the older half, in characters, of what was said before the question."""
    prompt = [turn for turn in turns[:1] if turn["role"] == "system"]
    *said, question = turns[len(prompt) :]
    room = sum(len(turn["content"]) for turn in said) // 2
    while said and (sum(len(turn["content"]) for turn in said) > room or not _opens(said[0])):
        said = said[1:]
    return [*prompt, *said, question]


def _opens(turn: dict[str, str]) -> bool:
    return turn["role"] == "user"
