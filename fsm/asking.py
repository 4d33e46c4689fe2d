"""Asking the model: with which keys, how often, and what is done with each piece of its answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.lock import BoundedSemaphore

from fsm import events
from fsm.keys import Key, Keys
from fsm.progress import Progress
from integrations.model.chat_model import Answer, ChatModel, KeyRefused, ModelError, OverTheLimit
from integrations.model.errors import RequestRefused
from settings.schema import Settings
from store import history, messages
from store.database import Connection, Database
from store.messages import Message

CHECKPOINT_SECONDS = 1.0
ONCE_MORE_AFTER = 0.5  # seconds: a service that is just being started has come up by then


@dataclass(frozen=True)
class LastCall:
    """How a call of the model ended, by name, and when: seconds of `time.monotonic()`."""

    result: str
    refused: bool
    at: float


class NoKeyLeft(ModelError):
    """Every key is refused or over its limit."""


class Asking:
    """The model, as a message asks it. `last_call` tells how it went the last time."""

    def __init__(self, db: Database, model: ChatModel, keys: Keys, settings: Settings) -> None:
        self._db = db
        self._model = model
        self._keys = keys
        self._settings = settings
        self._openai = settings.openai
        self._calls = BoundedSemaphore(settings.limits.model_calls)
        self.last_call: LastCall | None = None

    def ask(self, progress: Progress) -> Answer:
        """Once, and before the first word once more, or with each key that is left.

        A key that is over its limit is asked again after a short rest, if it says that is enough.
        Waits where too many are being asked already. Raises `ModelError`s.
        """
        with self._calls:
            return self._ask(progress)

    def _ask(self, progress: Progress) -> Answer:
        turns = self._db.read(self._turns, progress.message)
        deadline = time.monotonic() + self._openai.answer_seconds
        used_up: set[Key] = set()
        limited: set[Key] = set()
        once_more = True
        while key := self._keys.turn(besides=used_up, patience=deadline - time.monotonic()):
            try:
                return self._call(progress, turns, key, deadline)
            except (KeyRefused, OverTheLimit) as error:
                if error.begun:
                    raise
                self._keys.rest(key, error)
                if isinstance(error, KeyRefused) or key in limited:
                    used_up.add(key)
                limited.add(key)
            except ModelError as error:
                if error.begun or not error.retryable or not once_more:
                    raise
                once_more = False
                gevent.sleep(ONCE_MORE_AFTER)
        raise NoKeyLeft(self._keys.why_none_is_left())

    def _turns(self, db: Connection, message: Message) -> list[dict[str, str]]:
        topic = history.lesson(db, message.follower_id)
        prompt = self._openai.system_prompt
        if topic:
            prompt = self._openai.lesson_prompt.replace("{topic}", topic)
        said = history.turns(db, message, last=self._openai.save_history)
        return [{"role": "system", "content": prompt}, *said] if prompt else said

    def _call(
        self, progress: Progress, turns: list[dict[str, str]], key: Key, deadline: float
    ) -> Answer:
        """One call of the model, counted before it is made and told of afterwards."""
        message, began = progress.message, time.monotonic()
        progress.start_over()
        self._db.write_soon(messages.model_called, message)
        result = "dropped"  # where it is ended from here
        try:
            answer = self._model.ask(
                turns,
                key=key.value,
                max_tokens=self._settings.azure.max_token
                if progress.voicing
                else self._openai.max_tokens,
                deadline=deadline,
                on_text=self._taking_down(progress),
            )
            result = "cut_by_length" if answer.cut_by_length else "answered"
            self.last_call = LastCall(result, refused=False, at=time.monotonic())
            return answer
        except ModelError as error:
            result = type(error).__name__
            refused = isinstance(error, KeyRefused | OverTheLimit | RequestRefused)
            self.last_call = LastCall(result, refused, at=time.monotonic())
            raise
        finally:
            events.model_called(
                message,
                key=key.label,
                result=result,
                characters=len(progress.text),
                took=time.monotonic() - began,
            )

    def _taking_down(self, progress: Progress) -> Callable[[str], None]:
        """What is done with each piece of an answer: it is shown, spoken and saved."""
        message, saved_at = progress.message, time.monotonic()

        def on_text(piece: str) -> None:
            nonlocal saved_at
            progress.text += piece
            if progress.voicing:
                progress.voicing.written(progress.text)
            if time.monotonic() - saved_at >= CHECKPOINT_SECONDS:
                saved_at = time.monotonic()
                self._db.write_soon(messages.checkpoint, message, progress.text)

        return on_text
