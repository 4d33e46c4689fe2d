"""The chain of models: which of them a question is put to next."""

import math
import time
from collections import Counter
from collections.abc import Iterator

from fsm.asking.models import Model
from fsm.asking.question import Question
from fsm.asking.rests import Rests
from integrations.model.errors import ModelError


class Chain:
    """In the order of the settings; the one that a question names comes first."""

    def __init__(self, models: list[Model], rests: Rests) -> None:
        self.models = models
        self.rests = rests
        self._asked = Counter[Model]()  # how often at once
        self._prompt: dict[Model, float] = {}  # see `is_prompt`
        self._missed = False  # somebody has looked in vain for one that is

    def next(self, question: Question) -> Model | None:
        """The first that is well, else the one whose rest is over first; None where none is left.

        Where each that is well is asked as often as it may be, a place is waited for; where others
        are just finding out how they are, that is: also of one that takes its time.
        """
        while (left := self._untried(question)) and question.left > 0:
            some_are_well = any(map(self._is_ready, left))
            if asked := self.well(question) if some_are_well else self.in_need(question):
                return asked
            if not (some_are_well or any(one.full or self.rests.is_probed(one) for one in left)):
                return self._failed_longest_ago(question, left)
            self.rests.wait_for_news(min([question.left, *self.changes_in(question)]))
        return None

    def _failed_longest_ago(self, question: Question, models: list[Model]) -> Model | None:
        """Each has failed a moment ago: a question that has asked none yet asks one of them.

        None where that is what it has waited for.
        """
        model = min(models, key=self.rests.failed_at)
        before = not question.tried and self.rests.failed_at(model) < question.began
        return model if before else None

    def well(self, question: Question) -> Model | None:
        """The first that is well, and has room for one more call."""
        models = self._untried(question)
        return next((one for one in models if self._is_ready(one) and not one.full), None)

    def trusted(self, question: Question) -> Model | None:
        """The first of those that are well which is not known to have failed since it last spoke.

        One that has not been heard at all, by one question at a time.
        """
        return next((one for one in self._untried(question) if self._is_trusted(one)), None)

    def _is_trusted(self, model: Model) -> bool:
        if model.full or not self._is_ready(model) or self.rests.reason(model):
            return False
        return self.rests.has_spoken(model) or not self._asked[model]

    def in_need(self, question: Question) -> Model | None:
        """Of those that are not well the one to ask where no other can be: its rest is over first.

        None that a question is just finding out about, or has a moment ago.
        """
        ill = [one for one in self._untried(question) if not self._is_ready(one)]
        unknown = [one for one in ill if not (one.full or self.rests.is_probed(one))]
        asked = [one for one in unknown if not self.rests.known_for(one)]
        return min(asked, key=self._wait, default=None)

    def changes_in(self, question: Question) -> list[float]:
        """In how many seconds each of them may be asked that may not be now."""
        untried = self._untried(question)
        times = [at for one in untried for at in (self._wait(one), self.rests.known_for(one))]
        times += [_hangs_in(one, question) for one in question.tried]
        return [time for time in times if time > 0]

    def is_prompt(self, model: Model, asked_at: float) -> None:
        """It speaks, asked then, of monotonic time, and gave a sign before others were asked."""
        self._prompt[model] = max(asked_at, self._prompt.get(model, asked_at))
        if self._missed:
            self._missed = False
            self.rests.tell()

    def come_round(self, question: Question) -> Model | None:
        """The first that was long asked in vain, and is prompt for what it was asked later.

        It is the call that hangs, and not the service. None that was asked again for that before.
        """
        asked = [model for model in question.tried if model not in question.asked_again]
        self._missed = self._missed or bool(asked)
        return next((one for one in asked if self._has_come_round(one, question)), None)

    def _has_come_round(self, model: Model, question: Question) -> bool:
        if self._prompt.get(model, -math.inf) < question.asked_at[model] or model.full:
            return False
        return self._is_ready(model) and _hangs_in(model, question) <= 0

    def begin(self, question: Question, model: Model) -> None:
        """It is asked from now on, until `end`: it has room for that."""
        if model.places:
            model.places.acquire(blocking=False)
        self._asked[model] += 1
        question.tried[model], question.asked_at[model] = "", time.monotonic()
        if self.rests.begin(model):
            question.probes.add(model)

    def end(self, model: Model) -> None:
        """It is not asked any more."""
        self._asked[model] -= 1
        if model.places:
            model.places.release()
        self.rests.ended(model)

    def stands_behind(self, question: Question) -> bool:
        """Whether there is another to ask that is well."""
        return any(map(self._is_ready, self._untried(question)))

    def may_ask_once_more(self, question: Question, model: Model) -> bool:
        """Where no other is well: of those who have one beside it that may yet speak, one."""
        known = [one for one in self._untried(question) if not self.rests.reason(one)]
        if model in question.probes or any(map(self._is_ready, known)):
            return False
        alone = all(came_of_it for one, came_of_it in question.tried.items() if one is not model)
        return alone or self.rests.is_first_to_ask_again(model)

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


def _hangs_in(model: Model, question: Question) -> float:
    """Seconds until one that was asked has had its patience twice: then it is not only slow."""
    return question.asked_at[model] + 2 * model.patience - time.monotonic()
