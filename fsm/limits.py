"""Whether a message that has just come is let in, or its follower is told to wait.

It is judged as it arrives, in the transaction that stores it; who is told to wait costs no model
call and leaves no trace in the history. What needs no model is no question: it neither counts nor
is it limited.
"""

from dataclasses import dataclass

from fsm import moves
from fsm.access.door import Door, NotTakenIn
from fsm.commands.command import Waits
from fsm.served import Served
from fsm.transitions import MoveEvent
from fsm.voice.hearing import has_to_be_heard
from store import usage
from store.database import Connection
from store.messages import Message
from store.usage import QueueBefore

MOST_REFUSED = 10  # questions of one follower that are saved, of a rule's and of a limit's each
REFUSED_WITHIN = 600.0  # seconds


@dataclass(frozen=True)
class Limiter:
    """The limits of one follower and of the whole account, and the words for each."""

    served: Served
    hears: bool  # a voice that WeChat has not recognized gets its words from us
    door: Door

    def let_in(
        self,
        db: Connection,
        message: Message,
        queue: QueueBefore,
        *,
        refused_by: str = "",
        room: bool,
        at: float,
    ) -> tuple[Message, bool]:
        """A new message, behind `queue`, as it came, or settled with what its follower is told.

        No question is let in that a rule refuses, nor without `room` for one more; returns also
        whether it was for want of that. Raises `NotTakenIn`.
        """
        if done := self.served.commands.answer_at_once(db, message, at=at):
            return done, False
        question = self._is_question(db, message, at)
        welcome = message.kind == "subscribe" and not question
        if not welcome:
            message = self.door.pass_through(db, message, at=at)
            if message.settled:
                return message, False
        if refused_by and (question or self.served.commands.is_judged(db, message, at=at)):
            text = self.served.settings.texts.refused
            if usage.refused(db, message, since=at - REFUSED_WITHIN) >= MOST_REFUSED:
                raise NotTakenIn("refused", text)
            return moves.refuse_question(db, message, refused_by, text, at=at), False
        too_many = self._too_many(db, message, queue, question, at)
        no_room = question and not too_many and not room
        told = self._told(db, message, question, too_many, no_room, at)
        if told is None and question:
            told = self._told_of_quotas(db, message, queue, at)
        if told is not None:
            its_own = question and not (too_many or no_room)  # and it will be so for a while
            if its_own and self._told_lately(db, message, at) >= MOST_REFUSED:
                raise NotTakenIn("over a limit", told)
            return moves.tell_to_wait(db, message, told, at=at), no_room
        return message, False

    def _is_question(self, db: Connection, message: Message, at: float) -> bool:
        if self.hears and has_to_be_heard(message):
            return True
        return self.served.commands.is_question(db, message, at=at)

    def _told_lately(self, db: Connection, message: Message, at: float) -> int:
        return usage.moved_by(db, message, MoveEvent.TOLD_TO_WAIT, since=at - REFUSED_WITHIN)

    def _too_many(
        self, db: Connection, message: Message, queue: QueueBefore, question: bool, at: float
    ) -> bool:
        """Whether too many wait before a message.

        Commands queue beside the questions: 继续 is for what these have brought. As it is sent
        again and again it shuts out nothing that has no turn, nor a new conversation.
        """
        most = self.served.settings.limits.follower_queue
        if question:
            return queue.questions > most
        if has_to_be_heard(message) or queue.others <= most:
            return queue.others > most
        waits = self.served.commands.waits(db, message, at=at)
        if waits is Waits.UNTIL_ALL_IS_BEGUN:
            return queue.others > 2 * most
        return waits is not Waits.FOR_NOTHING

    def _told(
        self,
        db: Connection,
        message: Message,
        question: bool,
        too_many: bool,
        no_room: bool,
        at: float,
    ) -> str | None:
        texts = self.served.settings.texts
        if too_many:
            return texts.too_many_waiting
        if no_room:
            return texts.too_busy
        if question and (wait := self._wait(db, message, at)):
            return self.served.commands.wording.too_fast(wait)
        return None

    def _told_of_quotas(
        self, db: Connection, message: Message, queue: QueueBefore, at: float
    ) -> str | None:
        """Count a question; who has none left is told so.

        What has yet to be heard may be a command: some of it is let in all the same, uncounted, and
        who says more is to type. So is what may go to another character by the time of its turn.
        """
        texts, quotas = self.served.settings.texts, self.served.offer.quotas
        used_up = quotas.used_up(db, message, at=at)
        if used_up is None:
            quotas.count(db, message)
            return None
        if self.hears and has_to_be_heard(message):
            if quotas.may_be_heard_for_nothing(db, message, at=at):
                return None
            return used_up if used_up == texts.daily_account else texts.cannot_hear
        if queue.unbegun and quotas.used_up(db, message, by_anybody=True, at=at) is None:
            return None
        return used_up

    def _wait(self, db: Connection, message: Message, at: float) -> float:
        """How long the follower has to wait until their next question is let in, in seconds."""
        limits = self.served.settings.limits
        before = usage.last_counted(db, message, limits.gaps)
        passed = at - before[-1] if len(before) == limits.gaps else limits.gap_seconds * limits.gaps
        if passed < 0:  # the clock was put back
            return 0.0
        return max(0.0, limits.gap_seconds * limits.gaps - passed)
