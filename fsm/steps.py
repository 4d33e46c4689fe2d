"""The work of each state: what is asked of the outside, and the move that saves what came back.

A step reads and asks, and returns its move for the worker to save; it never writes a state itself.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from sqlite3 import Connection

import gevent
from gevent.lock import BoundedSemaphore

from fsm import moves
from fsm.elsewhere import LOOK_EVERY
from fsm.keys import Key, Keys
from fsm.plain_text import to_plain
from fsm.progress import Progress
from fsm.speaking import Speaking
from fsm.transitions import State
from fsm.voicing import Spoken
from fsm.wording import Wording
from integrations import IntegrationError
from integrations.chat_model import Answer, ChatModel, KeyRefused, ModelError, OverTheLimit
from integrations.model_errors import RequestRefused
from integrations.settings import Settings
from store import history, messages, reading, voices
from store.database import Database
from store.messages import Message
from store.voices import Lent

Move = Callable[[Connection], Message]

log = logging.getLogger(__name__)

MODEL_CALLED = "event=model_called message=%d follower=%d key=%d result=%s characters=%d took=%.3f"
CHECKPOINT_SECONDS = 1.0
ONCE_MORE_AFTER = 0.5  # seconds: a service that is just being started has come up by then
TRY_SECONDS = 5.0  # that WeChat keeps a try open (protocol sheet 1.8)
ON_ITS_WAY_SECONDS = 1.0  # for a reply that is being written to get away


@dataclass(frozen=True)
class LastCall:
    """How a call of the model ended, by name, and when: seconds of `time.monotonic()`."""

    result: str
    refused: bool
    at: float


class NoKeyLeft(ModelError):
    """Every key is refused or over its limit."""


class NoSpeech(IntegrationError):
    """An answer was to be spoken, and there is no speech service any more."""


class NothingReadable(ModelError):
    """The answer holds nothing that a follower could read."""


class Steps:
    """What to do with a message in each state."""

    def __init__(
        self,
        db: Database,
        model: ChatModel,
        keys: Keys,
        settings: Settings,
        speaking: Speaking | None = None,
    ) -> None:
        self._db = db
        self._model = model
        self._keys = keys
        self._settings = settings
        self._speaking = speaking
        self.last_call: LastCall | None = None
        self._openai = settings.openai
        self._texts = settings.texts
        self._wording = Wording.of(settings)
        self._model_calls = BoundedSemaphore(settings.limits.model_calls)
        self._steps: dict[State, Callable[[Progress], Move]] = {
            State.RECEIVED: self._begin,
            State.GENERATING: self._generate,
            State.SYNTHESIZING: self._synthesize,
            State.UPLOADED: self._settle,
        }

    def next_move(self, progress: Progress) -> Move:
        """Do the work of the state that the message is in. Raises `IntegrationError`s."""
        return self._steps[State(progress.message.state)](progress)

    def give_up(self, message: Message, reason: str) -> Move:
        """The move that ends a message without an answer."""
        apology, at = self._texts.apology, self._db.clock()
        return lambda db: moves.give_up(db, message, reason, apology, at=at)

    def begins_by_itself(self, message: Message) -> bool:
        """Whether beginning takes nothing but the store: no voice has to be heard before."""
        return not self._has_to_be_heard(message)

    def begin(self, db: Connection, message: Message, *, at: float) -> Message:
        """RECEIVED → GENERATING, or → REPLIED where no model is needed."""
        wording, words = self._wording, message.question
        if fixed := wording.fixed_reply(message.kind, words):
            return moves.reply_at_once(db, message, fixed, at=at)
        if wording.asks_to_start_anew(words):
            return moves.start_anew(db, message, self._texts.reset_done, at=at)
        if wording.asks_for_more(words):  # with nothing unread: a question
            if collected := moves.collect(db, message, wording, at=at):
                return collected
        silence, lesson = self._openai.session_seconds, wording.lesson(words)
        return moves.pick_up(db, message, session_seconds=silence, lesson=lesson, at=at)

    def _begin(self, progress: Progress) -> Move:
        message = self._heard(progress.message)
        if self._wording.asks_for_more(message.question):
            self._wait_for_what_is_on_its_way(message)
        at = self._db.clock()
        return lambda db: self.begin(db, message, at=at)

    def _wait_for_what_is_on_its_way(self, message: Message) -> None:
        """Let tries in other processes end, or a follower would be shown again what they carry.

        The store tells nobody of it. One that died with its process is waited for in vain.
        """
        give_up_at = time.monotonic() + ON_ITS_WAY_SECONDS
        since = self._db.clock() - TRY_SECONDS
        while self._db.read(reading.on_its_way, message, since=since):
            if time.monotonic() > give_up_at:
                return
            gevent.sleep(LOOK_EVERY)

    def _heard(self, message: Message) -> Message:
        """The message with the words of its voice, where WeChat has not recognized them."""
        if not (self._speaking and self._has_to_be_heard(message)):
            return message
        began = time.monotonic()
        words = self._speaking.hear(message)
        log.info(
            "event=heard message=%d follower=%d characters=%d took=%.3f",
            message.id,
            message.follower_id,
            len(words),
            time.monotonic() - began,
        )
        return replace(message, question=words)

    def _has_to_be_heard(self, message: Message) -> bool:
        return bool(self._speaking) and message.kind == "voice" and not message.question

    def _generate(self, progress: Progress) -> Move:
        message, speaking = progress.message, self._speaking
        if message.answer is not None:  # it failed later on, and was paid for
            final, now = message.answer, self._db.clock()
            return lambda db: moves.answer_to_speak(db, message, final, at=now)
        if speaking and speaking.wanted(message):
            progress.voicing = speaking.voicing(message)
            progress.voicing.open_ahead(message.question)
        with self._model_calls:
            answer = self._ask(progress)
        text = to_plain(answer.text)
        if not text:
            raise NothingReadable("the answer holds nothing to read")
        wording, at = self._wording, self._db.clock()
        if progress.voicing and "```" not in answer.text:  # code is of no use to the ear
            return lambda db: moves.answer_to_speak(db, message, text, at=at)
        note = self._texts.cut_by_length if answer.cut_by_length else ""
        return lambda db: moves.answer(db, message, text, wording, note=note, at=at)

    def _synthesize(self, progress: Progress) -> Move:
        """Say what is not said yet, and lend the voice to WeChat; the text is the fallback."""
        message, wording = progress.message, self._wording
        try:
            spoken, lent = self._speak(progress, message.answer or "")
        except IntegrationError as error:
            at = self._db.clock()
            reason = f"{type(error).__name__}: {error}"
            return lambda db: moves.voice_failed(db, message, wording, reason, at=at)
        at = self._db.clock()
        return lambda db: moves.voice_uploaded(db, message, lent, spoken.said_to, at=at)

    def _speak(self, progress: Progress, answer: str) -> tuple[Spoken, Lent]:
        message, speaking = progress.message, self._speaking
        if not speaking:
            raise NoSpeech("speech is switched off")
        if not progress.voicing:  # an earlier process has come this far
            progress.voicing = speaking.voicing(message)
            progress.voicing.resume(self._db.read(voices.parts, message), answer)
        began = time.monotonic()
        spoken = progress.voicing.finish(answer)
        log.info(
            "event=spoken message=%d follower=%d bytes=%d to_character=%d took=%.3f",
            message.id,
            message.follower_id,
            len(spoken.mp3),
            spoken.said_to,
            time.monotonic() - began,
        )
        return spoken, speaking.lend(message, spoken.mp3)

    def _settle(self, progress: Progress) -> Move:
        """WeChat needs a moment before it plays what it was given (protocol sheet 7.6)."""
        message = progress.message
        settled_at = (message.uploaded_at or 0.0) + self._settings.wechat.settle_seconds
        gevent.sleep(max(0.0, settled_at - self._db.clock()))
        at = self._db.clock()
        return lambda db: moves.voice_settled(db, message, at=at)

    def _ask(self, progress: Progress) -> Answer:
        """Once, and before the first word once more, or with each key that is left.

        A key that is over its limit is asked again after a short rest, if it says that is enough.
        """
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
        return [{"role": "system", "content": prompt}, *said]

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
            how = (key.index, result, len(progress.text), time.monotonic() - began)
            log.info(MODEL_CALLED, message.id, message.follower_id, *how)

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
