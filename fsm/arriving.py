"""What a push does to the store: one transaction, in which a message is stored or found again."""

from dataclasses import dataclass

from fsm.asking.ask import Ask
from fsm.commands.command import Waits
from fsm.leases import Leases
from fsm.limits import Limiter
from fsm.served import Served
from fsm.voice.hearing import has_to_be_heard
from fsm.worker import Worker
from store import messages, processes, signatures, tries, usage
from store.database import Connection
from store.messages import Arrival, Message
from store.processes import Process
from store.usage import QueueBefore


@dataclass(frozen=True)
class Arrived:
    """What the store says of a push."""

    message: Message
    number: int  # of the try, from 1
    new: bool
    ours: bool  # this process is to work on it
    unfinished: list[Message]  # then: all that the follower has on the way, in the order it came
    ask: Ask | None = None  # what it is asked with, where it has been begun
    no_room: bool = False  # its follower is told so


@dataclass(frozen=True)
class Arriving:
    """Who works on a message that comes, and by which limits it is let in."""

    worker: Worker
    process: Process
    leases: Leases
    served: Served
    limiter: Limiter

    def arrive(
        self, db: Connection, arrival: Arrival, *, refused_by: str = "", room: bool, at: float
    ) -> Arrived:
        """Store the message or find it, count the try, and begin the work where that can be.

        A question that a rule refuses, or that there is no `room` for, is told so. Raises
        `Replayed`, `Erased`.
        """
        signatures.use(db, arrival.stamp, arrival.dedup_key, at=at)
        message, new = messages.receive(db, arrival, at=at)
        if new:
            signatures.refuse_erased(db, arrival.dedup_key, at=at)
        number = tries.begin(db, message.id, new=new, at=at)
        no_room = False
        if new:
            queue = usage.queue_before(db, message)
            let_in = self.limiter.let_in
            message, no_room = let_in(db, message, queue, refused_by=refused_by, room=room, at=at)
            if not message.settled and self._needs_no_turn(db, message, queue, at):
                message, _ = self.worker.begin_at_once(db, message, at=at)
        now = self.leases.now()
        ours = message.settled or processes.claim(db, message, self.process, new=new, at=now)
        ask = None
        if new and ours and not message.settled and not self._waits(db, message, queue, at):
            message, ask = self.worker.begin_at_once(db, message, at=at)
        left: list[Message] = []
        if ours and not (message.settled or ask):  # what is begun at once is all there is
            left = processes.unfinished_of(db, self.process, message.follower_id)
        return Arrived(message, number, new, ours, left, ask, no_room)

    def _needs_no_turn(
        self, db: Connection, message: Message, queue: QueueBefore, at: float
    ) -> bool:
        """Whether it is answered without the model, and nothing that came before can matter."""
        if has_to_be_heard(message):
            return False
        waits = self.served.commands.waits(db, message, at=at)
        if waits is Waits.UNTIL_ALL_IS_BEGUN:
            return not queue.unbegun
        return waits is Waits.FOR_NOTHING

    def _waits(self, db: Connection, message: Message, queue: QueueBefore, at: float) -> bool:
        """Behind what is unfinished, or for a try that may yet carry an earlier reply away."""
        if queue.questions or queue.others:
            return True
        return tries.others_open(db, message, since=at - self.served.window.seconds)
