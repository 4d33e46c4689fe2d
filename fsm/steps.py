"""The work of each state: what is asked of the outside, and the move that saves what came back.

A step reads and asks, and returns its move for the worker to save; it never writes a state itself.
"""

import time
from collections.abc import Callable
from sqlite3 import Connection

from gevent.lock import BoundedSemaphore

from fsm import moves
from fsm.keys import Key, Keys
from fsm.plain_text import to_plain
from fsm.progress import Progress
from fsm.transitions import State
from fsm.wording import Wording
from integrations.chat_model import Answer, ChatModel, KeyRefused, ModelError, OverTheLimit
from integrations.settings import Settings
from store import history, messages
from store.database import Database
from store.messages import Message

Move = Callable[[Connection], Message]

CHECKPOINT_SECONDS = 1.0


class NoKeyLeft(ModelError):
    """Every key is refused or over its limit."""


class NothingReadable(ModelError):
    """The answer holds nothing that a follower could read."""


class Steps:
    """What to do with a message in each state."""

    def __init__(self, db: Database, model: ChatModel, keys: Keys, settings: Settings) -> None:
        self._db = db
        self._model = model
        self._keys = keys
        self._openai = settings.openai
        self._texts = settings.texts
        self._wording = Wording.of(settings)
        self._model_calls = BoundedSemaphore(settings.limits.model_calls)
        self._steps: dict[State, Callable[[Progress], Move]] = {
            State.RECEIVED: self._begin,
            State.GENERATING: self._generate,
        }

    def next_move(self, progress: Progress) -> Move:
        """Do the work of the state that the message is in. Raises `IntegrationError`s."""
        return self._steps[State(progress.message.state)](progress)

    def give_up(self, message: Message, reason: str) -> Move:
        """The move that ends a message without an answer."""
        apology, at = self._texts.apology, self._db.clock()
        return lambda db: moves.give_up(db, message, reason, apology, at=at)

    def _begin(self, progress: Progress) -> Move:
        message, wording, at = progress.message, self._wording, self._db.clock()
        if fixed := wording.fixed_reply(message.kind, message.question):
            return lambda db: moves.reply_at_once(db, message, fixed, at=at)
        if wording.asks_to_start_anew(message.question):
            return lambda db: moves.start_anew(db, message, self._texts.reset_done, at=at)

        def ask(db: Connection) -> Message:
            silence, lesson = self._openai.session_seconds, wording.lesson(message.question)
            return moves.pick_up(db, message, session_seconds=silence, lesson=lesson, at=at)

        if wording.asks_for_more(message.question):  # with nothing unread: a question
            return lambda db: moves.collect(db, message, wording, at=at) or ask(db)
        return ask

    def _generate(self, progress: Progress) -> Move:
        message = progress.message
        with self._model_calls:
            answer = self._ask(progress)
        text = to_plain(answer.text)
        if not text:
            raise NothingReadable("the answer holds nothing to read")
        wording, at = self._wording, self._db.clock()
        note = self._texts.cut_by_length if answer.cut_by_length else ""
        return lambda db: moves.answer(db, message, text, wording, note=note, at=at)

    def _ask(self, progress: Progress) -> Answer:
        """Once, and before the first word once more, or with each key that is left."""
        turns = self._db.read(self._turns, progress.message)
        deadline = time.monotonic() + self._openai.answer_seconds
        used_up: set[Key] = set()
        once_more = True
        while key := self._keys.turn(besides=used_up, patience=deadline - time.monotonic()):
            try:
                return self._call(progress, turns, key, deadline)
            except (KeyRefused, OverTheLimit) as error:
                if error.begun:
                    raise
                self._keys.rest(key, error)
                used_up.add(key)
            except ModelError as error:
                if error.begun or not error.retryable or not once_more:
                    raise
                once_more = False
        raise NoKeyLeft("every key is refused or over its limit")

    def _turns(self, db: Connection, message: Message) -> list[dict[str, str]]:
        topic = history.lesson(db, message.follower_id)
        prompt = self._openai.system_prompt
        if topic:
            prompt = self._openai.lesson_prompt.replace("{topic}", topic)
        said = history.turns(db, message, last=self._openai.save_history)
        return [{"role": "system", "content": prompt}, *said]

    def _call(
        self, progress: Progress, turns: list[dict[str, str]], key: Key, deadline: float
    ) -> Answer:
        progress.start_over()
        self._db.write_soon(messages.model_called, progress.message)
        saved_at = time.monotonic()

        def on_text(piece: str) -> None:
            nonlocal saved_at
            progress.text += piece
            if time.monotonic() - saved_at >= CHECKPOINT_SECONDS:
                saved_at = time.monotonic()
                self._db.write_soon(messages.checkpoint, progress.message.id, progress.text)

        return self._model.ask(
            turns,
            key=key.value,
            max_tokens=self._openai.max_tokens,
            deadline=deadline,
            on_text=on_text,
        )
