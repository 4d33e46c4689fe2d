"""Whether a message that has just come is let in, or its follower is told to wait.

It is judged as it arrives, in the transaction that stores it; who is told to wait costs no model
call and leaves no trace in the history. What needs no model is no question: it neither counts nor
is it limited.
"""

import time
from dataclasses import dataclass

from fsm.text.texts import Wording
from fsm.transitions import Event, apply
from settings.schema import Settings
from store import usage
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class Limiter:
    """The limits of one follower and of the whole account, and the words for each."""

    settings: Settings
    wording: Wording
    hears: bool = False  # a voice that WeChat has not recognized gets its words from us

    def let_in(self, db: Connection, message: Message, *, room: bool, at: float) -> Message:
        """A new message as it came, or settled with what its follower is told.

        Without `room` for one more no question is let in.
        """
        told = self._told(db, message, room, at)
        if told:
            learned = {"reply": told}
            return apply(db, message, Event.TOLD_TO_WAIT, at=at, learned=learned)
        if self._is_question(message):
            usage.count(db, message)
        return message

    def _is_question(self, message: Message) -> bool:
        if self.hears and message.kind == "voice" and not message.question:
            return True
        return self.wording.is_question(message.kind, message.question)

    def _told(self, db: Connection, message: Message, room: bool, at: float) -> str:
        limits, texts = self.settings.limits, self.settings.texts
        if usage.unfinished_before(db, message) > limits.follower_queue:
            return texts.too_many_waiting
        if not self._is_question(message):
            return ""
        if not room:
            return texts.too_busy
        before = usage.last_counted(db, message, limits.gaps)
        if len(before) == limits.gaps and at - before[-1] < limits.gap_seconds * limits.gaps:
            return texts.too_fast
        midnight = start_of_day(at)
        whose = message.follower_id
        if 0 < limits.daily_follower <= usage.counted_since(db, midnight, follower_id=whose):
            return texts.daily_follower
        if 0 < limits.daily_account <= usage.counted_since(db, midnight):
            return texts.daily_account
        return ""


def start_of_day(at: float) -> float:
    """The last midnight of this machine's time zone, in seconds since 1970."""
    day = time.localtime(at)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))
