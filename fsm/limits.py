"""Whether a message that has just come is let in, or its follower is told to wait.

It is judged as it arrives, in the transaction that stores it; who is told to wait costs no model
call and leaves no trace in the history. What needs no model is no question: it neither counts nor
is it limited.
"""

import math
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property, partial
from zoneinfo import ZoneInfo

from fsm import moves
from fsm.access.door import Door, NotTakenIn
from fsm.commands.table import Commands
from fsm.days import day_of
from fsm.lessons import Lessons
from fsm.moderation import refusing
from fsm.moderation.judge import Judge
from fsm.personas import Personas
from fsm.voice.hearing import has_to_be_heard
from settings.schema import Settings
from store import characters, usage
from store.database import Connection
from store.messages import Message
from store.usage import Queue

MOST_REFUSED = 10  # questions of one follower that are saved, of a rule's and of a limit's each
REFUSED_WITHIN = 600.0  # seconds


@dataclass(frozen=True)
class Limiter:
    """The limits of one follower and of the whole account, and the words for each."""

    settings: Settings
    commands: Commands
    hears: bool = False  # a voice that WeChat has not recognized gets its words from us
    judge: Judge = field(default_factory=Judge)
    door: Door | None = None  # None: everyone is let in

    @property
    def zone(self) -> tzinfo:
        """Whose midnight ends a day."""
        return ZoneInfo(self.settings.server.time_zone)

    def let_in(
        self,
        db: Connection,
        message: Message,
        queue: Queue,
        *,
        refused_by: str = "",
        room: bool,
        at: float,
    ) -> Message:
        """A new message, behind `queue`, as it came, or settled with what its follower is told.

        No question is let in that a rule refuses, nor without `room` for one more. Raises
        `NotTakenIn`.
        """
        if done := self.commands.answer_at_once(db, message, at=at):
            return done
        question = self._is_question(db, message, at)
        welcome = message.kind == "subscribe" and not question
        if self.door and not welcome:
            message = self.door.pass_through(db, message, at=at)
            if message.settled:
                return message
        if question and refused_by:
            text = self.settings.texts.refused
            if usage.refused(db, message, since=at - REFUSED_WITHIN) >= MOST_REFUSED:
                raise NotTakenIn("refused", text)
            return refusing.refuse_question(db, message, refused_by, text, at=at)
        # Commands queue beside the questions: 继续 is for what these have brought.
        before = queue.questions if question else queue.others
        too_many = before > self.settings.limits.follower_queue
        told = self._told(db, message, question, too_many, room, at)
        if told is not None:
            since = at - REFUSED_WITHIN
            its_own = question and room and not too_many  # and it will be so for a while
            if its_own and usage.told_to_wait(db, message, since=since) >= MOST_REFUSED:
                raise NotTakenIn("over a limit", told)
            return moves.tell_to_wait(db, message, told, at=at)
        if question:
            usage.count(db, message, persona=self._asked(db, message))
        return message

    def _is_question(self, db: Connection, message: Message, at: float) -> bool:
        if self.hears and has_to_be_heard(message):
            return True
        return self.commands.is_question(db, message, at=at)

    def _told(
        self,
        db: Connection,
        message: Message,
        question: bool,
        too_many: bool,
        room: bool,
        at: float,
    ) -> str | None:
        texts = self.settings.texts
        if too_many:
            return texts.too_many_waiting
        if not question:
            return None
        if not room:
            return texts.too_busy
        if wait := self._wait(db, message, at):
            return self.commands.wording.too_fast(wait)
        return self._used_up(db, message, at)

    def _wait(self, db: Connection, message: Message, at: float) -> float:
        """How long the follower has to wait until their next question is let in, in seconds."""
        limits = self.settings.limits
        before = usage.last_counted(db, message, limits.gaps)
        passed = at - before[-1] if len(before) == limits.gaps else limits.gap_seconds * limits.gaps
        if passed < 0:  # the clock was put back
            return 0.0
        return max(0.0, limits.gap_seconds * limits.gaps - passed)

    def _used_up(self, db: Connection, message: Message, at: float) -> str | None:
        limits, texts, day = self.settings.limits, self.settings.texts, day_of(at, self.zone)
        counted = partial(usage.counted, db, *day, account=message.of_account)
        spent = partial(usage.spent, db, *day, account=message.of_account)
        whose = message.follower_id
        if 0 < limits.daily_follower <= counted(follower_id=whose):
            return texts.daily_follower
        if 0 < limits.daily_tokens_follower <= spent(follower_id=whose):
            return texts.daily_tokens
        if 0 < limits.daily_account <= counted():
            return texts.daily_account
        asked = self._asked(db, message)
        if asked is None or not (most := self._personas.named[asked].daily):
            return None
        today = counted(follower_id=whose, persona=asked)
        return self._personas.used_up(asked) if most <= today else None

    def _asked(self, db: Connection, message: Message) -> str | None:
        """The character that a question goes to; a lesson's is none."""
        if not self._personas.named:
            return None
        if self._lessons.begins(message.question):
            return None
        ends = self._lessons.ending.fits(message.question)
        lasts = math.inf if ends else self.settings.openai.session_seconds
        chosen, in_lesson = characters.talks_to(db, message, lesson_lasts=lasts)
        return None if in_lesson else self._personas.answering(chosen)

    @cached_property
    def _lessons(self) -> Lessons:
        return Lessons(self.settings)

    @cached_property
    def _personas(self) -> Personas:
        return Personas.of(self.settings)
