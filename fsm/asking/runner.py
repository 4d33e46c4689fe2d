"""One of the models that are asked the same question, as those beside it see it."""

import time
from collections.abc import Callable

import gevent

from fsm.asking.models import Model, Written
from fsm.failures import NoFirstWord
from integrations.model.errors import ModelError


class Outpaced(gevent.GreenletExit):
    """Another model has begun to answer the same question."""


class Runner:
    """A model that is asked in a greenlet of its own; its call tells how it gets on.

    `claim` asks whether it may answer, `gone` is told when it has ended, however.
    """

    def __init__(
        self,
        model: Model,
        ask: Callable[[Model, "Runner"], Written],
        claim: Callable[["Runner"], bool],
        gone: Callable[["Runner"], None],
    ) -> None:
        self.model = model
        self.began = self.heard_of = time.monotonic()
        # Whether its first sign came within its patience; None: none yet.
        self.was_prompt: bool | None = None
        self._calling = False
        self._ask = ask
        self._claim = claim
        self._outcome: Written | Exception | None = None
        self._greenlet = gevent.Greenlet(self._run)
        self._greenlet.link(lambda _: gone(self))
        self._greenlet.start()

    def _run(self) -> None:
        try:
            self._outcome = self._ask(self.model, self)
        except Exception as error:  # it is raised again where it is waited for
            self._outcome = error

    def calls(self, calling: bool) -> None:
        """A call of it begins, or has come to its end."""
        self._calling = calling
        self.heard_of = time.monotonic()

    def lives(self) -> None:
        """It gives a sign: a word, or a thought."""
        if self.was_prompt is None:
            self.was_prompt = not self.overdue
        self.heard_of = time.monotonic()

    def may_answer(self) -> bool:
        """Whether its words are those that the follower gets."""
        return self._claim(self)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self._greenlet.dead

    @property
    def due(self) -> float | None:
        """Until when it may give no sign, of monotonic time; None: for ever."""
        return self.heard_of + self.model.patience if self.model.patience else None

    @property
    def overdue(self) -> bool:
        """Whether it has had its patience."""
        return self.due is not None and time.monotonic() >= self.due

    @property
    def hangs(self) -> bool:
        """Whether it is the service that has had it: else it waits for a key, or for its turn."""
        return self.overdue and self._calling

    def give_up(self) -> ModelError:
        """End it: it is to blame. Returns why."""
        error = NoFirstWord(f"not one word within {time.monotonic() - self.heard_of:.2g} s")
        self._greenlet.kill(error, block=False)
        return error

    def make_way(self) -> None:
        """End it: nobody is to blame."""
        self._greenlet.kill(Outpaced, block=False)

    def kill(self) -> None:
        """End it, as nobody asks any more."""
        self._greenlet.kill(block=False)

    def outcome(self) -> Written:
        """What came of it, once it has ended. Raises what it ended with."""
        self._greenlet.join()
        if isinstance(self._outcome, Written):
            return self._outcome
        raise self._outcome or AssertionError("nobody cuts off the one that is heard")
