"""Asking the model: with which keys, how often, and what is done with each piece of its answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from gevent.lock import BoundedSemaphore

from fsm import events
from fsm.ask import Ask
from fsm.attempts import Attempts
from fsm.failures import AnswerRefused, NothingReadable, SpokenEnough
from fsm.keys import Key, Keys
from fsm.moderation.judge import Judge
from fsm.progress import Progress
from fsm.prompts import Prompts
from fsm.text.plain_text import to_plain
from fsm.text.thoughts import begins_in_thought, may_begin_in_thought
from integrations.model.answer import Answer
from integrations.model.errors import AnswerTooLong, AnswerWithheld, ModelError, TokensUsedUp
from integrations.model.parameters import Turns
from settings.schema import Settings
from store import messages
from store.database import Connection, Database
from store.messages import Message

CHECKPOINT_SECONDS = 1.0


@dataclass(frozen=True)
class LastCall:
    """How a call of the model ended, by name, and when: seconds of `time.monotonic()`.

    `advice` is what the operator can do, "" where the service is well; `lasting`: a failure that
    does not pass by itself.
    """

    result: str
    advice: str
    lasting: bool
    at: float


@dataclass(frozen=True)
class Written:
    """What the model wrote, and a line for the follower where that is not all."""

    text: str = field(repr=False)
    plain: str = field(repr=False)  # as the follower may read it
    note: str = ""


class Model(Protocol):
    """A service that answers; a new kind of them is a file in `integrations/model/`."""

    def ask(
        self,
        turns: Turns,
        *,
        key: str,
        max_tokens: int,
        temperature: float | None = None,
        deadline: float,
        on_text: Callable[[str], None],
    ) -> Answer:
        """Ask with the conversation so far; `on_text` is told each piece as it arrives.

        `deadline` is of `time.monotonic()`; it holds for the whole answer. `temperature`
        stands in the place of the settings' own. Raises `ModelError`s.
        """

    def close(self) -> None:
        """Let go of what it holds."""


class Asking:
    """The model, as a message asks it. `last_call` tells how it went the last time."""

    def __init__(
        self, db: Database, model: Model, keys: Keys, settings: Settings, judge: Judge
    ) -> None:
        self._db = db
        self._model = model
        self._keys = keys
        self._judge = judge
        self._settings = settings
        self._openai = settings.openai
        self._prompts = Prompts(settings)
        self._calls = BoundedSemaphore(settings.limits.model_calls)
        self._thinks = False  # and needs room for it beside what a voice may say
        # Nothing says so before its thoughts end: of the first answer its name has to.
        self._begins_in_thought = may_begin_in_thought(settings.openai.model)
        self.last_call: LastCall | None = None

    def ask(self, progress: Progress) -> Written:
        """Ask, and before the first visible word again where that may help: see `Attempts`.

        What there is by then is taken where an answer breaks off. Waits where too many are being
        asked already. Raises `ModelError`s.
        """
        with self._calls:
            return self._ask(progress)

    def _ask(self, progress: Progress) -> Written:
        ask = progress.ask or self._db.read(self.prepare, progress.message)
        progress.ask = None
        deadline = time.monotonic() + self._openai.answer_seconds
        attempts = Attempts(self._keys, ask.turns, deadline)
        for key in attempts.keys():
            try:
                return self._call(progress, replace(ask, turns=attempts.turns), key, deadline)
            except TokensUsedUp:
                if not progress.voicing or self._thinks:
                    raise
                self._thinks = True  # it was the limit of the voice, which is not for thoughts
            except ModelError as error:
                attempts.failed(key, error)
        raise AssertionError("the keys end in an error")

    def prepare(self, db: Connection, message: Message) -> Ask:
        """What the model is asked with. Raises `MessageMovedOn` where it is not to be asked."""
        return self._prompts.ask_with(db, message)

    def _call(self, progress: Progress, ask: Ask, key: Key, deadline: float) -> Written:
        """One call of the model, counted before it is made and told of afterwards."""
        message, began = progress.message, time.monotonic()
        progress.start_over(within_thought=self._begins_in_thought)
        self._db.write_soon(messages.model_called, message)
        result, problem = "dropped", None  # where it is ended from here
        try:
            answer = self._model.ask(
                ask.turns,
                key=key.value,
                temperature=ask.temperature,
                max_tokens=self._most_tokens(progress),
                deadline=deadline,
                on_text=self._taking_down(progress, key),
            )
            written = self._whole(answer)
            result = "cut_by_length" if answer.cut_by_length else "answered"
            self._ended(result)
            return written
        except ModelError as error:
            problem = error
            result = "cut_by_length" if isinstance(error, SpokenEnough) else type(error).__name__
            if written_so_far := self._so_far(progress, error):
                self._keys.broke_off(key, error)
                self._ended(result)
                return written_so_far
            self._ended(result, error.advice if error.about_the_service else "", error.lasting)
            raise
        finally:
            events.model_called(
                message,
                key=key.label,
                result=result,
                characters=len(progress.text),
                took=time.monotonic() - began,
                problem=problem,
            )

    def _ended(self, result: str, advice: str = "", lasting: bool = False) -> None:
        self.last_call = LastCall(result, advice, lasting, at=time.monotonic())

    def _whole(self, answer: Answer) -> Written:
        """A whole answer. Raises `TokensUsedUp`, `NothingReadable` where there is only thought."""
        self._begins_in_thought = begins_in_thought(answer.text)
        if not (plain := to_plain(answer.text)):
            if answer.cut_by_length:
                raise TokensUsedUp("it ended at its limit of tokens within a thought")
            raise NothingReadable("the answer holds nothing to read")
        self._let_pass(self._judge.answer(plain))
        note = self._settings.texts.cut_by_length if answer.cut_by_length else ""
        return Written(answer.text, plain, note)

    def _so_far(self, progress: Progress, error: ModelError) -> Written | None:
        """What can be read of an answer that broke off; of one that was withheld, nothing."""
        if isinstance(error, AnswerWithheld | AnswerRefused) or not (
            plain := to_plain(progress.text)
        ):
            return None
        self._let_pass(self._judge.answer(plain))
        texts = self._settings.texts
        long = isinstance(error, AnswerTooLong | SpokenEnough)
        return Written(progress.text, plain, texts.cut_by_length if long else texts.broken_off)

    def _let_pass(self, rule: str) -> None:
        if rule:
            raise AnswerRefused(rule)

    def _most_tokens(self, progress: Progress) -> int:
        if not progress.voicing:
            return self._openai.max_tokens
        thoughts = self._openai.max_tokens if self._thinks else 0
        return self._settings.azure.max_token + thoughts

    def _taking_down(self, progress: Progress, key: Key) -> Callable[[str], None]:
        """What is done with each piece of an answer: it is shown, spoken and saved."""
        message, saved_at, first = progress.message, time.monotonic(), True
        most = self._settings.azure.max_token if progress.voicing and self._thinks else None

        def on_text(piece: str) -> None:
            nonlocal saved_at, first
            if first:
                self._keys.answers(key)
            first = False
            progress.text += piece
            if progress.voicing:
                progress.voicing.written(progress.text)
            if time.monotonic() - saved_at >= CHECKPOINT_SECONDS:
                saved_at = time.monotonic()
                self._let_pass(self._judge.so_far(to_plain(progress.text, finished=False)))
                self._db.write_soon(messages.checkpoint, message, progress.text)
            if most and tokens(to_plain(progress.text, finished=False)) > most:
                raise SpokenEnough("it is as long as azure.max_token allows")

        return on_text


def tokens(text: str) -> float:
    """About how many tokens a model has for it: one for a Chinese character or four letters."""
    wide = sum(character >= "\u2e80" for character in text)
    return wide + (len(text) - wide) / 4
