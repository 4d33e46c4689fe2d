"""How a message begins: it is heard where it has to be, and is a question or answered at once."""

import time
from dataclasses import replace

from gevent.event import Event

from fsm import moves
from fsm.moves import Move
from fsm.progress import Progress
from fsm.served import Audio, Served
from fsm.voice import events as voice_events
from fsm.voice.hearing import CannotHear, has_to_be_heard
from store import tries, unread, usage
from store.database import Connection, Database
from store.messages import Message

ON_ITS_WAY_SECONDS = 1.0  # for a reply that is being written to get away


class Beginning:
    """Of the messages of one account."""

    def __init__(self, db: Database, served: Served, audio: Audio) -> None:
        self._db = db
        self._settings = served.settings
        self._texts = served.settings.texts
        self._commands = served.commands
        self._judge = served.judge
        self._hearing = audio.hearing
        self._pronouncing = audio.pronouncing
        self._try_seconds = served.window.try_seconds
        self._quotas = served.offer.quotas

    def needs_only_the_store(self, db: Connection, message: Message) -> bool:
        """Whether nothing has to be heard, or waited for, before."""
        if has_to_be_heard(message):
            return False
        if not (self._pronouncing and self._commands.goes_on(message)):
            return True
        return not self._pronouncing.owes(db, message, at=self._db.clock())

    def begin(
        self, db: Connection, message: Message, *, refused_by: str = "", at: float
    ) -> Message:
        """RECEIVED → GENERATING, or → REPLIED where no model is needed, or a rule refuses it."""
        if refused_by and self._commands.is_judged(db, message, at=at):
            return moves.refuse_question(db, message, refused_by, self._texts.refused, at=at)
        silence = self._settings.openai.session_seconds
        begun = self._commands.answer(db, message, at=at) or moves.pick_up(
            db, message, session_seconds=silence, at=at
        )
        if self._pronouncing:
            self._pronouncing.owe(db, begun)
        return begun

    def step(self, progress: Progress) -> Move:
        """The work of RECEIVED. Raises `IntegrationError`s."""
        try:
            message = self._heard(progress)
        except CannotHear as why:
            return self._ask_to_type(progress.message, why.failure)
        if self._reads_on(message):
            self._wait_for_what_is_on_its_way(message)
            if self._pronouncing and self._commands.goes_on(message):
                self._pronouncing.wait_for_what_is_asked_for(message)
        at = self._db.clock()
        if not has_to_be_heard(progress.message):  # it was judged as it came
            return lambda db: self._kept(db, message, self._begin_in_turn(db, message, at=at))
        rule = self._judge.question(message.question)
        return lambda db: self._kept(
            db, message, self._begin_as_heard(db, message, refused_by=rule, at=at)
        )

    def _begin_in_turn(self, db: Connection, message: Message, *, at: float) -> Message:
        """Begin a message that has waited: what was before it may have changed whom it goes to."""
        if self._settings.personas and self._commands.is_question(db, message, at=at):
            if told := self._count(db, message, at):
                return moves.tell_to_wait(db, message, told, at=at)
        return self.begin(db, message, at=at)

    def _begin_as_heard(
        self, db: Connection, message: Message, *, refused_by: str, at: float
    ) -> Message:
        """Begin a voice that was taken for a question before anybody knew its words."""
        if not self._commands.is_question(db, message, at=at):
            if self._quotas.may_be_heard_for_nothing(db, message, at=at):
                usage.uncount(db, message)
        elif not refused_by and (told := self._count(db, message, at)):
            return moves.tell_to_wait(db, message, told, at=at)
        return self.begin(db, message, refused_by=refused_by, at=at)

    def _count(self, db: Connection, message: Message, at: float) -> str | None:
        """Count it for who it goes to, as is known only now; where none is left, what is told."""
        if not usage.is_counted(db, message) and (told := self._quotas.used_up(db, message, at=at)):
            return told
        self._quotas.count(db, message)
        return None

    def _kept(self, db: Connection, message: Message, begun: Message) -> Message:
        """What is settled in its turn may come when its tries are over: then it is collected."""
        is_reply = begun.settled and begun.reply_of is None and not begun.hands_over
        if not is_reply or self._commands.reads_on(db, message):
            return begun
        return unread.keep(db, begun)

    def _reads_on(self, message: Message) -> bool:
        asked = self._commands.may_read_on(message)
        return asked and self._db.read(self._commands.reads_on, message)

    def _wait_for_what_is_on_its_way(self, message: Message) -> None:
        """Let tries in other processes end, or a follower would be shown again what they carry.

        One that died with its process is waited for in vain.
        """
        give_up_at = time.monotonic() + ON_ITS_WAY_SECONDS
        since, changed = self._db.clock() - self._try_seconds, Event()
        with self._db.watch(changed):
            while self._db.read(tries.on_its_way, message, since=since):
                if not changed.wait(max(0.0, give_up_at - time.monotonic())):
                    return
                changed.clear()

    def _ask_to_type(self, message: Message, failure: str) -> Move:
        text, at = self._texts.cannot_hear, self._db.clock()
        return lambda db: unread.keep(
            db, moves.reply_at_once(db, message, text, failure=failure, at=at)
        )

    def _heard(self, progress: Progress) -> Message:
        """The message with the words of its voice, where WeChat has not recognized them."""
        message = progress.message
        if not has_to_be_heard(message):
            return message
        began = time.monotonic()
        heard = self._hearing.hear(message)
        progress.heard(heard.sound)
        voice_events.heard(message, characters=len(heard.words), took=time.monotonic() - began)
        return replace(message, question=heard.words)
