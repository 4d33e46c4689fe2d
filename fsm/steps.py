"""The work of each state: what is asked of the outside, and the move that saves what came back.

A step reads and asks, and returns its move for the worker to save; it never writes a state itself.
"""

import time
from collections.abc import Callable

import gevent

from fsm import events, moves
from fsm.asking.asking import Asking
from fsm.asking.models import Model
from fsm.beginning import Beginning
from fsm.failures import AnswerRefused, NoSpeech
from fsm.moves import Move
from fsm.progress import Progress
from fsm.reasons import reason_of
from fsm.served import Audio, Served
from fsm.voice.hearing import has_to_be_heard
from fsm.voice.speaking import Speaking
from fsm.voice.voicing import Spoken, Voicing
from integrations import IntegrationError
from store import voices
from store.database import Connection, Database
from store.messages import Message, State
from store.voices import Lent


class Steps:
    """What to do with a message in each state."""

    def __init__(self, db: Database, served: Served, models: list[Model], audio: Audio) -> None:
        self._db = db
        self._settings = served.settings
        self._texts = served.settings.texts
        self._wording = served.commands.wording
        self._judge = served.judge
        self._speaking = audio.speaking
        self._pronouncing = audio.pronouncing
        self.asking = Asking(db, models, served.offer, served.judge)
        self.beginning = Beginning(db, served, audio)
        self._steps: dict[State, Callable[[Progress], Move]] = {
            State.RECEIVED: self.beginning.step,
            State.GENERATING: self._generate,
            State.SYNTHESIZING: self._synthesize,
            State.UPLOADED: self._settle,
        }

    @property
    def resumed_at_once(self) -> int:
        """How many of its messages may be resumed side by side, so that new ones find room."""
        return max(1, self._settings.limits.model_calls // 4)

    def next_move(self, progress: Progress) -> Move:
        """Do the work of the state that the message is in. Raises `IntegrationError`s."""
        return self._steps[State(progress.message.state)](progress)

    def give_up(self, message: Message, reason: str) -> Move:
        """The move that ends a message without an answer; who was not heard is to type."""
        texts, at = self._texts, self._db.clock()
        apology = texts.cannot_hear if has_to_be_heard(message) else texts.apology
        return lambda db: moves.give_up(db, message, reason, apology, at=at)

    def _generate(self, progress: Progress) -> Move:
        message, speaking = progress.message, self._speaking
        if message.answer is not None:  # it failed later on, and was paid for
            final, now = message.answer, self._db.clock()
            return lambda db: moves.answer_to_speak(db, message, final, at=now)
        if rule := self._judge.outside(message.question):
            text, at = self._texts.refused, self._db.clock()
            return lambda db: moves.refuse_question(db, message, rule, text, at=at)
        if speaking and speaking.wanted(message):
            progress.spoken_by(self._voicing(speaking, message)).open_ahead(message.question)
        sound = progress.take_sound()
        if self._pronouncing:
            self._pronouncing.begin(message, sound)
        try:
            written = self.asking.ask(progress)
        except AnswerRefused as refused:
            return self._refuse_answer(message, refused.rule)
        text, by, note = written.plain, written.by, written.note
        offered = written.suggestions
        if rule := self._judge.outside_answer("\n".join([text, *offered])):
            return self._refuse_answer(message, rule)
        if progress.voicing and "```" not in written.text:  # code is of no use to the ear
            now = self._db.clock()
            return lambda db: moves.answer_to_speak(db, message, text, by=by, at=now)
        if self._pronouncing:
            self._pronouncing.wait_for(message)
        wording, at = self._wording, self._db.clock()

        def answer(db: Connection) -> Message:
            pronounced = self._pronouncing.below(db, message, at=at) if self._pronouncing else ""
            below = "\n".join(filter(None, (note, pronounced)))
            return moves.answer(
                db, message, text, wording, by=by, note=below, suggestions=offered, at=at
            )

        return answer

    def _refuse_answer(self, message: Message, rule: str) -> Move:
        text, at = self._texts.answer_refused, self._db.clock()
        return lambda db: moves.refuse_answer(db, message, rule, text, at=at)

    def _synthesize(self, progress: Progress) -> Move:
        """Say what is not said yet, and lend the voice to WeChat; the text is the fallback."""
        message, wording = progress.message, self._wording
        try:
            spoken, lent = self._speak(progress, message.answer or "")
        except IntegrationError as error:
            at = self._db.clock()
            reason = reason_of(error)
            return lambda db: moves.voice_failed(db, message, wording, reason, at=at)
        at = self._db.clock()
        progress.uploaded(self._db.steady())
        return lambda db: moves.voice_uploaded(db, message, lent, spoken.said_to, at=at)

    def _speak(self, progress: Progress, answer: str) -> tuple[Spoken, Lent]:
        message, speaking = progress.message, self._speaking
        if not speaking:
            raise NoSpeech("speech is switched off")
        voicing = progress.voicing
        if not voicing:  # an earlier process has come this far
            voicing = progress.spoken_by(self._voicing(speaking, message))
            voicing.resume(self._db.read(voices.parts, message), answer)
        began = time.monotonic()
        spoken = voicing.finish(answer)
        took, size = time.monotonic() - began, len(spoken.mp3)
        events.spoken(message, size=size, to_character=spoken.said_to, took=took)
        return spoken, speaking.lend(message, spoken.mp3)

    def _voicing(self, speaking: Speaking, message: Message) -> Voicing:
        promised = self._pronouncing.promised(message) if self._pronouncing else ""
        return speaking.voicing(message, promised)

    def _settle(self, progress: Progress) -> Move:
        """WeChat needs a moment before it plays what it was given (protocol sheet 7.6)."""
        message = progress.message
        gevent.sleep(self._until_settled(progress))
        at = self._db.clock()
        return lambda db: moves.voice_settled(db, message, at=at)

    def _until_settled(self, progress: Progress) -> float:
        """Seconds; by the saved time only where another process has uploaded it."""
        takes = self._settings.wechat.settle_seconds
        if progress.uploaded_at is None:
            passed = self._db.clock() - (progress.message.uploaded_at or 0.0)
        else:
            passed = self._db.steady() - progress.uploaded_at
        return min(max(0.0, takes - passed), takes)
