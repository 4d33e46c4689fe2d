"""Works on messages: each follower's in the order they came, one at a time; followers side by side.

Nothing here is owned by a try. What a crash leaves comes back through `take`, as new ones do.
"""

import time
from collections import Counter, deque
from functools import partial

import gevent

from fsm import events
from fsm.accounts import Accounts
from fsm.asking.ask import Ask
from fsm.moves import Move
from fsm.other_processes import OtherProcesses
from fsm.progress import Progress, line_up
from fsm.reasons import reason_of
from fsm.saving import look_again, save
from integrations import IntegrationError
from settings.announcements import fault, where
from store import changes, processes
from store.database import Connection, Database
from store.errors import MessageMovedOn, StoreError, StoreUnavailable
from store.messages import Message, State
from store.processes import Process

OPEN_TRIES_GET = 1.0  # seconds for open tries to carry a reply away before the next message begins
FREE_TAKE_UPS = 3  # then each waits twice as long as the one before
LONGEST_PAUSE = 15.0  # seconds


class Worker:
    """A greenlet for each follower with something unfinished; `take_ups` of a message are made."""

    def __init__(
        self,
        db: Database,
        accounts: Accounts,
        other_processes: OtherProcesses,
        process: Process,
        take_ups: int,
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._other_processes = other_processes
        self._process = process
        self._take_ups = take_ups
        self.alone = False  # no other process serves the database, as the last beat found
        self._unfinished = Counter[str]()
        self._queues: dict[int, deque[Progress]] = {}
        self._progress: dict[int, Progress] = {}
        self._greenlets: dict[int, gevent.Greenlet[..., None]] = {}

    def take(self, message: Message, *, resumed: bool = False, ask: Ask | None = None) -> Progress:
        """See to it that an unfinished message is worked on: twice is harmless.

        One that the operator has moved goes on from where it is now. `ask`: what to ask with, where
        that is known.
        """
        if known := self._progress.get(message.id):
            self.heed(message)
            return known
        progress = self._progress[message.id] = Progress(message, resumed=resumed, ask=ask)
        self._unfinished[message.of_account] += 1
        if message.follower_id in self._queues:
            line_up(self._queues[message.follower_id], progress)
        else:
            self._queues[message.follower_id] = deque([progress])
            greenlet = gevent.spawn(self._work_for, message.follower_id)
            self._greenlets[message.follower_id] = greenlet
        return progress

    def heed(self, message: Message) -> None:
        """Take note of how the store has a message: what the operator's move made void is dropped.

        Tries that wait for one that is settled by now are told.
        """
        progress = self._progress.get(message.id)
        if progress and message.operator_moves > progress.message.operator_moves:
            events.moved_by_operator(progress.message.state, message)
            progress.taken_out_of_our_hands(message)
        elif progress and message.settled:
            progress.moved(message)

    def drop(self, message_id: int) -> None:
        """The message has been erased."""
        if (progress := self._progress.get(message_id)) and not progress.erased:
            events.dropped(progress.message)
            progress.gone()
            progress.let_go()

    def begin_at_once(
        self, db: Connection, message: Message, *, at: float
    ) -> tuple[Message, Ask | None]:
        """Begin a message in the transaction that stores it: a slow disk is waited for once.

        Returns also what to ask with, where the model is. For one that need not wait for its turn.
        """
        steps = self._accounts.steps(message)
        if not steps.beginning.needs_only_the_store(db, message):
            return message, None
        begun = steps.beginning.begin(db, message, at=at)
        asks = begun.state == State.GENERATING
        return begun, steps.asking.prepare(db, begun) if asks else None

    def unfinished(self, account: str) -> int:
        """How many messages of an account are being worked on, or wait for their turn."""
        return self._unfinished[account]

    def progress(self, message_id: int) -> Progress | None:
        """What is known of a message that is being worked on, or waits for its turn."""
        return self._progress.get(message_id)

    def unsettled(self) -> list[Message]:
        """What is being worked on, or waits for its turn."""
        return [known.message for known in self._progress.values() if not known.settled]

    def let_go(self, message: Message) -> None:
        """Another process works on the messages of this follower now: tries here wait for it."""
        known = self._progress.get(message.id)
        if known and not known.settled:
            events.let_go(message)
            self._greenlets[message.follower_id].kill(block=False)

    def stop(self) -> int:
        """Let go of everything; what is unfinished stays saved. Returns how many were cut."""
        cut = len(self._progress)
        gevent.killall(list(self._greenlets.values()))
        return cut

    def _work_for(self, follower_id: int) -> None:
        queue = self._queues[follower_id]
        try:
            while queue and self._see_through(queue[0]):
                self._done_with(queue.popleft())
                if not queue and not self.alone:
                    self._look_for_more(follower_id)
        finally:  # what is ours is taken up at the next beat, in its turn
            del self._queues[follower_id], self._greenlets[follower_id]
            for left in queue:
                self._leave(left)
                self._done_with(left)

    def _done_with(self, progress: Progress) -> None:
        del self._progress[progress.message.id]
        self._unfinished[progress.message.of_account] -= 1

    def _see_through(self, progress: Progress) -> bool:
        """Work on a message as far as it goes. Returns whether it is over, and the next may begin.

        One that the operator has moved meanwhile begins anew, at once.
        """
        while True:
            moved_before = progress.message.operator_moves
            if not progress.over:
                self._work_on(progress)
            if progress.over:
                progress.wait_for_tries(OPEN_TRIES_GET)
            if progress.over or progress.message.operator_moves == moved_before:
                return progress.over

    def _work_on(self, progress: Progress) -> None:
        """In a greenlet of its own, so that it can be ended when the operator moves the message."""
        work = progress.work_on(self._finish)
        try:
            work.join()
        finally:
            work.kill()
            progress.let_go()
        if not progress.settled:
            self._look_again(progress)

    def _look_again(self, progress: Progress) -> None:
        """Whoever was faster may have been the operator, another process, or its follower."""
        last = progress.message
        try:
            now = look_again(self._db, last, self._process)
        except MessageMovedOn:
            return self.drop(last.id)
        except StoreError as error:
            return events.not_read(error)
        self.heed(now)

    def _look_for_more(self, follower_id: int) -> None:
        """Another process may have received a message of this follower meanwhile."""
        try:
            for message in self._db.read(processes.unfinished_of, self._process, follower_id):
                self.take(message)
        except StoreError as error:
            events.not_read(error)

    def _finish(self, progress: Progress) -> None:
        """Move a message until it is settled, or gone."""
        try:
            if progress.resumed:
                left = progress.message.resume_at - self._db.clock()
                gevent.sleep(min(max(0.0, left), LONGEST_PAUSE))  # the clock may be set
                with self._accounts.resuming(progress.message):
                    self._take_up(progress)
                    self._move_on(progress)
            else:
                self._move_on(progress)
        except MessageMovedOn:
            pass  # who was faster is found out next
        except StoreUnavailable as error:
            events.not_read(error)  # what is to be saved waits for the database
        except Exception as error:
            fault(error, message=progress.message.id)

    def _leave(self, progress: Progress) -> None:
        """Tries that wait for it here are told when another process has settled it."""
        if progress.has_open_tries:
            self._other_processes.watch(progress)

    def _take_up(self, progress: Progress) -> None:
        """Count it; one that was taken up too often is given up."""
        message = progress.message
        if message.take_ups >= self._take_ups:
            reason = f"taken up {message.take_ups} times without an end"
            return self._make(progress, self._accounts.give_up(message, reason), time.monotonic())
        over = message.take_ups + 1 - FREE_TAKE_UPS
        pause = min(LONGEST_PAUSE, 2.0 ** min(over - 1, 10)) if over > 0 else 0.0
        take_up = partial(changes.take_up, message=message, pause=pause, at=self._db.clock())
        progress.moved(save(self._db, message, take_up))
        events.taken_up(progress.message)

    def _move_on(self, progress: Progress) -> None:
        while not progress.settled:
            began = time.monotonic()
            self._make(progress, self._next_move(progress), began)

    def _make(self, progress: Progress, move: Move, began: float) -> None:
        before = progress.message.state
        moved = save(self._db, progress.message, move)
        events.moved(before, moved, took=time.monotonic() - began)
        progress.moved(moved)

    def _next_move(self, progress: Progress) -> Move:
        message = progress.message
        try:
            return self._accounts.next_move(progress)
        except IntegrationError as error:
            return self._accounts.give_up(message, reason_of(error))
        except StoreError:
            raise
        except Exception as error:
            fault(error, message=message.id)
            return self._accounts.give_up(message, f"a fault in the program: {where(error)}")
