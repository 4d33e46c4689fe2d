"""What a try is given: the settled reply, what there is when the last try ends, or nothing.

WeChat posts a message up to three times, 5 s each (protocol sheet 1.8-1.11). A try that is not the
last is held without an answer: an empty body or `success` would end the follower's chance.
"""

from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

from gevent.event import Event

from fsm import events, shown
from fsm.access.door import Door
from fsm.arriving import Arrived, Arriving
from fsm.original_ids import OriginalIds
from fsm.other_processes import OtherProcesses
from fsm.overload import Overload
from fsm.partial import Partial, TryReply
from fsm.progress import Progress
from fsm.served import Served
from integrations.wechat.replies import HANDING_OVER
from store import followers, signatures, tries
from store.database import Connection, Database
from store.messages import Arrival, ReplyKind, State
from store.outcomes import Outcome

TO_CARRY_AWAY = 1.0  # seconds for what is answered at the very end


class Caller(Protocol):
    """The connection that a try came on."""

    waited: float  # seconds that the push had been there when it was read

    @property
    def open(self) -> bool:
        """Whether the other side still waits for an answer."""

    def on_hang_up(self, wake: Event) -> None:
        """Have the event set when the other side hangs up."""


@dataclass(eq=False)
class Try:
    """One open try."""

    progress: Progress
    number: int
    began: float  # on the steady clock, as is the next
    answer_by: float
    caller: Caller
    last: bool = False
    wake: Event = field(default_factory=Event)
    reply: TryReply | None = None
    holding: ExitStack = field(default_factory=ExitStack)  # its message, until it ends


class Tries:
    """Each try of an account is opened, waited for and ended; the work belongs to the worker."""

    def __init__(
        self,
        db: Database,
        served: Served,
        door: Door,
        arriving: Arriving,
        other_processes: OtherProcesses,
        overload: Overload,
        original_ids: OriginalIds,
    ) -> None:
        self._db = db
        self._served = served
        self._door = door
        self._arriving = arriving
        self._worker = arriving.worker
        self.window = served.window
        self._partial = Partial(db, arriving.worker, served)
        self._other_processes = other_processes
        self._overload = overload
        self._original_ids = original_ids
        self._open: set[Try] = set()
        self._coming = 0  # tries that are being stored
        self._closing = False
        self._all_ended = Event()
        self._all_ended.set()

    def answers(self, event: str) -> bool:
        """Whether an event is to be opened a try for; the others leave no trace."""
        return self._served.commands.hears(event)

    def told_at_once(self, arrival: Arrival) -> TryReply | None:
        """What is told where there is too much to be done; None: the try may be opened."""
        if not self._overload.refuses(arrival):
            return None
        text = self._served.settings.texts.too_busy
        return TryReply(Outcome.TOLD, text=text, at=self._db.clock())

    def being_stored(self) -> AbstractContextManager[None]:
        """Within the block a try waits until it is opened, however often that has to be tried."""
        return self._overload.being_stored()

    def open(self, arrival: Arrival, caller: Caller) -> Try:
        """Store the message or find it, and see that it is worked on.

        Raises `NotTakenIn`, `NotProven`, `Erased` or another `StoreError`; nothing is saved then.
        """
        self._original_ids.check(arrival.account)
        arrived_at = self._db.clock() - caller.waited
        began = self._db.steady() - caller.waited
        limits = self._served.settings.limits
        held = len(self._open) + self._coming < limits.open_tries
        unfinished = self._worker.unfinished(self._served.settings.account)
        room = held and unfinished + self._coming < limits.unfinished
        self._coming += 1
        self._all_ended.clear()
        try:
            self._door.turn_away_blocked(arrival)
            rule = self._served.judge.question(arrival.question)
            arrived = self._db.write(
                self._arriving.arrive, arrival, refused_by=rule, room=room, at=arrived_at
            )
            if arrived.no_room:
                self._overload.count(arrival.of_account)
            message, number = arrived.message, arrived.number
            events.try_began(message, number, new=arrived.new)
            if message.moved_by:
                events.moved(State.RECEIVED, message, took=self._db.steady() - began)
            progress = self._progress(arrived)
            passed = self.window.passed(message, number, arrived_at, arrival.age)
            answer_by = began + (self.window.answer_in(number, passed) if held else 0.0)
            last = self.window.is_last(number, passed)
            ends = began + self.window.seconds - passed - self.window.margin
            opened = Try(progress, number, began, answer_by, caller, last)
            opened.holding.enter_context(progress.held_open(window_ends=ends))
            self._open.add(opened)
            return opened
        finally:
            self._coming -= 1
            self._look_whether_all_ended()

    def _look_whether_all_ended(self) -> None:
        """One that is being stored has not: whoever stops would cut it without a word."""
        if not (self._open or self._coming):
            self._all_ended.set()

    def wait(self, opened: Try) -> TryReply:
        """Sleep until the reply is settled, the line is dead or the time is up.

        Also until it is known that the answer will not begin in time: then it is to be collected.

        Returns what the try is to be given.
        """
        opened.caller.on_hang_up(opened.wake)
        if self._closing:
            opened.wake.set()
        with opened.progress.waking(opened.wake):
            opened.wake.wait(max(0.0, opened.answer_by - self._db.steady()))
        message = opened.progress.message
        if not opened.caller.open:
            opened.reply = TryReply(Outcome.DROPPED)
        elif message.settled:
            text, at = message.reply, message.settled_at or 0.0
            kind = HANDING_OVER if message.hands_over else message.reply_is
            opened.reply = TryReply(Outcome.REPLIED, text=text, kind=kind, at=at)
        elif opened.progress.erased:
            opened.reply = TryReply(Outcome.UNANSWERED, text="")  # nobody is there to be told
        elif self._closing and not opened.last:
            opened.reply = TryReply(Outcome.UNANSWERED)
        else:
            opened.reply = self._partial.give(opened.progress)
        return opened.reply

    def end(self, opened: Try, *, carried_away: bool) -> None:
        """Write down how a try ended. Ending it twice is harmless."""
        if opened not in self._open:
            return
        reply = opened.reply or TryReply(Outcome.UNANSWERED)
        if reply.text is not None and not carried_away:
            reply = replace(reply, outcome=Outcome.DROPPED)
        self._db.write_soon(self._end, opened, reply, at=self._db.clock())
        if reply.whose and reply.outcome is Outcome.PARTIAL:
            reply.whose.shown(reply.shown)  # as it will be saved before what comes later
        opened.holding.close()
        self._other_processes.forget(opened.progress)
        self._open.discard(opened)
        self._look_whether_all_ended()
        _announce_end(opened, reply.outcome, took=self._db.steady() - opened.began)

    def _end(self, db: Connection, ended: Try, reply: TryReply, *, at: float) -> None:
        message_id, outcome = ended.progress.message.id, reply.outcome
        followers.hold(db, ended.progress.message.follower_id)
        tries.end(db, message_id, ended.number, outcome=outcome, at=at)
        if reply.whose and outcome is Outcome.PARTIAL:
            shown.show(db, reply.whose.message, reply.shown)
        elif reply.whose and outcome is Outcome.THINKING:
            shown.told_of(db, reply.whose.message)
        elif reply.kind == ReplyKind.VOICE and outcome is Outcome.REPLIED:
            needed = at + self._served.settings.wechat.delete_after_seconds
            shown.carried_away(db, message_id, at=needed)

    def erase(self, arrival: Arrival) -> None:
        """Forget all that is stored of a follower (protocol sheet 2.1). Raises `StoreError`."""
        self._original_ids.check(arrival.account)
        erased = self._db.write(_erase, arrival, at=self._db.clock())
        events.erased(erased, arrival.of_account)

    def pass_over(self, arrival: Arrival) -> None:
        """Take a push that nothing is done with: its signature is used up. Raises `StoreError`."""
        self._original_ids.check(arrival.account)
        self._db.write(signatures.use, arrival.stamp, arrival.dedup_key, at=self._db.clock())

    def wait_until_all_ended(self, seconds: float) -> None:
        """Let the tries that are open end, at most so long."""
        self._all_ended.wait(seconds)

    def close(self) -> None:
        """End the tries that are open, now: the last of a message with what there is of its reply.

        The others stay unanswered. Their next tries find the message in the store.
        """
        self._closing = True
        for opened in self._open:
            opened.wake.set()
        self._all_ended.wait(TO_CARRY_AWAY)

    def _progress(self, arrived: Arrived) -> Progress:
        """Have the message worked on, behind what came before it: that may be another's legacy."""
        message = arrived.message
        if message.settled:
            return Progress(message)
        if not arrived.ours:
            return self._other_processes.watch(Progress(message))
        for left in arrived.unfinished:
            self._worker.take(left, resumed=left.id != message.id or not arrived.new)
        return self._worker.take(message, ask=arrived.ask)


def _announce_end(ended: Try, outcome: Outcome, *, took: float) -> None:
    message = ended.progress.message
    events.try_ended(message, ended.number, outcome=outcome, took=took)
    if outcome is Outcome.REPLIED and message.reply_of not in (None, message.id):
        events.collected(message)


def _erase(db: Connection, arrival: Arrival, *, at: float) -> int:
    signatures.use(db, arrival.stamp, arrival.dedup_key, at=at)
    return followers.erase(db, arrival.account, arrival.open_id, at=at)
