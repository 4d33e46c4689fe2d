"""Asking the models: with what, which of them, and with which keys."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from fsm.asking.ask import Ask
from fsm.asking.attempts import Attempts
from fsm.asking.call import Call
from fsm.asking.chain import Chain
from fsm.asking.keys import Key
from fsm.asking.models import LastCall, Model, Written
from fsm.asking.places import Places
from fsm.asking.question import Question
from fsm.asking.race import Race
from fsm.asking.rests import Rests
from fsm.asking.runner import Runner
from fsm.failures import AnswerRefused, NoRoom
from fsm.moderation.judge import Judge
from fsm.offer import Offer
from fsm.progress import Progress
from fsm.prompts import Prompts
from integrations.model.errors import AnswerWithheld, ModelError, TokensUsedUp
from store import cool_downs
from store.database import Connection, Database
from store.messages import Message


class Asking:
    """The chain of models, as a message asks it."""

    def __init__(self, db: Database, models: list[Model], offer: Offer, judge: Judge) -> None:
        self._db = db
        self._judge = judge
        self._rests = Rests(db, models)
        self._chain = Chain(models, self._rests)
        self._only = models[0] if len(models) == 1 else None
        self._settings = settings = offer.settings
        self._openai = settings.openai
        self._prompts = Prompts(offer)
        self._places = Places(settings.limits.model_calls, self._rests.tell)

    @property
    def last_calls(self) -> dict[str, LastCall | None]:
        """How each model was last called, by its name."""
        return {model.name: model.last_call for model in self._chain}

    def ask(self, progress: Progress) -> Written:
        """Ask, and before the first visible word again, or another, where that may help.

        What there is by then is taken where an answer breaks off. Waits where too many are being
        asked already. Raises `ModelError`s.
        """
        progress.begins_at(self._db.steady() + self._places.wait())
        with self._places.place():
            ask = progress.take_ask() or self._db.read(self.prepare, progress.message)
            deadline = time.monotonic() + self._openai.answer_seconds
            question = Question(progress, ask, deadline=deadline, began=self._db.steady())
            if self._only:
                question.tried[self._only] = ""
                with _place(self._only, question.left):
                    return self._put(question, self._only)
            self._rests.heed(ask.resting)
            return self._put_to_one_after_the_other(question)

    def prepare(self, db: Connection, message: Message) -> Ask:
        """What the model is asked with. Raises `MessageMovedOn` where it is not to be asked."""
        ask = self._prompts.ask_with(db, message)
        if self._only:
            return ask
        return replace(ask, resting=cool_downs.resting(db, at=self._db.clock()))

    def _put_to_one_after_the_other(self, question: Question) -> Written:
        question.progress.start_over()
        while question.left > 0 and (model := self._chain.next(question)):
            race = Race(
                self._chain,
                self._places,
                question,
                partial(self._put, question),
                partial(_failed, question),
            )
            if written := race.run(model):
                return written
        raise self._chain.problem(question)

    def _put(self, question: Question, model: Model, runner: Runner | None = None) -> Written:
        """Put it to a model, with one key after the other, in what time there is."""
        attempts = Attempts(
            model.keys,
            question.ask.turns,
            question.deadline,
            is_last=lambda: not self._chain.stands_behind(question),
            once_more=lambda: self._chain.may_ask_once_more(question, model),
        )
        try:
            return self._with_each_key(question, model, attempts, runner)
        except ModelError as error:
            self._rests.failed(model, error)
            raise

    def _with_each_key(
        self, question: Question, model: Model, attempts: Attempts, runner: Runner | None
    ) -> Written:
        for key in attempts.keys():
            takes = partial(self._takes, model, key)
            call = Call(self._db, self._settings, self._judge, question, model, key, takes, runner)
            try:
                written = call.make(attempts.turns)
                self._rests.is_well(model)
                return written
            except TokensUsedUp:
                if model.thinks or not question.progress.voicing:
                    raise
                model.thinks = True  # it was the limit of the voice, which is not for thoughts
            except ModelError as error:
                attempts.failed(key, error)
        raise AssertionError("the keys end in an error")

    def _takes(self, model: Model, key: Key) -> None:
        """The service says something."""
        model.keys.answers(key)
        self._rests.gives_a_sign(model)


@contextmanager
def _place(model: Model, seconds: float) -> Iterator[None]:
    """Within the block it is one of those that ask the model. Raises `NoRoom`."""
    if model.places and not model.places.acquire(timeout=max(0.0, seconds)):
        raise NoRoom("all its calls were taken, for all the time there was")
    try:
        yield
    finally:
        if model.places:
            model.places.release()


def _failed(question: Question, model: Model, error: ModelError) -> None:
    """Note it, for the next to be asked. Raises what another would not mend."""
    if isinstance(error, AnswerWithheld | AnswerRefused):
        raise error
    question.failed(model, error)
