"""One question on its way through the chain: which models were tried, and what came of it."""

import time
from collections.abc import Callable

from fsm.asking.ask import Ask
from fsm.asking.models import Model
from fsm.failures import NoModelLeft
from fsm.progress import Progress
from fsm.reasons import of_models, reason_of
from integrations.model.errors import ModelError


class Question:
    """`deadline` is of monotonic time, `began` of the store's steady clock."""

    def __init__(self, progress: Progress, ask: Ask, *, deadline: float, began: float) -> None:
        self.progress = progress
        self.ask = ask
        self.deadline = deadline
        self.began = began
        self.tried: dict[Model, str] = {}  # in order, with what came of it; "": under way
        self.asked_at: dict[Model, float] = {}  # of monotonic time
        self.asked_again = set[Model]()  # those that had come to themselves
        self.probes = set[Model]()  # those that had rested: it finds out how they are
        self._last: ModelError | None = None

    @property
    def left(self) -> float:
        """Seconds."""
        return self.deadline - time.monotonic()

    def failed(self, model: Model, error: ModelError) -> None:
        """A model brought nothing."""
        self.tried[model] = reason_of(error)
        self._last = error

    def problem(self, why: Callable[[Model], str], models: list[Model]) -> ModelError:
        """What became of all of them; `why` tells of those that were not even asked."""
        if self._last and len(models) == 1:
            return self._last
        reasons = ((model.name, self.tried.get(model) or why(model)) for model in models)
        return NoModelLeft(of_models(reasons))
