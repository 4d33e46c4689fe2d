"""The chain of models: which of them a question is put to next."""

import time
from collections.abc import Iterator

from fsm.asking.models import Model
from fsm.asking.question import Question
from fsm.asking.rests import Rests
from integrations.model.errors import ModelError

PROBED_FOR = 6.0  # seconds that a question waits for what another finds out, where none is well


class Chain:
    """In the order of the settings; the one that a question names comes first."""

    def __init__(self, models: list[Model], rests: Rests) -> None:
        self.models = models
        self.rests = rests

    def next(self, question: Question) -> Model | None:
        """The first that is well, else the one whose rest is over first; None where none is left.

        Where each that is well is asked as often as it may be, a place is waited for; where others
        are just finding out how they are, that is.
        """
        give_up_at = time.monotonic() + min(PROBED_FOR, question.left)
        while left := self._untried(question):
            asked = self._best(left)
            if asked:
                return self._chosen(question, asked)
            full = any(map(self._is_ready, left))
            patience = question.left if full else give_up_at - time.monotonic()
            if not self.rests.news.wait(max(0.0, patience)):
                return None
            for model in left:
                why = self.rests.reason(model, since=question.began)
                if why and not self._is_ready(model):
                    question.passed_over(model, why)
        return None

    def _best(self, left: list[Model]) -> Model | None:
        ready = [model for model in left if self._is_ready(model)]
        if ready:
            return next((model for model in ready if not model.full), None)
        unprobed = [model for model in left if not self.rests.is_probed(model)]
        return min(unprobed, key=self._wait, default=None)

    def beside(self, question: Question) -> Model | None:
        """The first that can be asked beside the one that is being asked already."""
        for model in self._untried(question):
            if self._is_ready(model) and not model.full:
                return self._chosen(question, model)
        return None

    def _chosen(self, question: Question, model: Model) -> Model:
        question.tried[model] = ""
        if self.rests.begin(model):
            question.probes.add(model)
        return model

    def stands_behind(self, question: Question) -> bool:
        """Whether there is another to ask that is well."""
        return any(map(self._is_ready, self._untried(question)))

    def problem(self, question: Question) -> ModelError:
        """Why there is no answer."""
        return question.problem(self._why_not, self.models)

    def _untried(self, question: Question) -> list[Model]:
        named = [model for model in self.models if model.name == question.ask.model]
        order = dict.fromkeys([*named, *self.models])
        return [model for model in order if model not in question.tried]

    def _is_ready(self, model: Model) -> bool:
        return not self._wait(model)

    def _wait(self, model: Model) -> float:
        """Seconds until it may be asked."""
        return max(self.rests.left(model), model.keys.pause())

    def _why_not(self, model: Model) -> str:
        if why := self.rests.reason(model):
            return why
        keys = model.keys.why_none_is_left()
        return f"NoKeyLeft: {keys}" if keys else "AnswerTooLate: no time was left for it"

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)
