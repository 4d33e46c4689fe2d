"""A message on its way, as this process knows it: its words so far, and who waits for it."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from gevent import Greenlet
from gevent.event import Event

from fsm.asking.ask import Ask
from fsm.text.thoughts import THOUGHT_BEGINS
from fsm.voice.voicing import Voicing
from store.messages import Message


class Progress:
    """What tries look at and wait on. `text` is what the model has written so far."""

    def __init__(self, message: Message, *, resumed: bool = False) -> None:
        self.message = message
        self.resumed = resumed  # an earlier process has been at it
        self.text = message.partial
        self.said_all = False  # what the model still writes is not to be shown
        self.given = message.given  # what the follower was shown of it before the end
        self.ask: Ask | None = None  # what it is asked with, where that is known already
        self.sound = b""  # of a voice that was heard here, until it is judged
        self.voicing: Voicing | None = None  # where the answer is spoken
        self.uploaded: float | None = None  # when, on the steady clock, if this process did it
        self.work: Greenlet[..., None] | None = None  # as long as it is worked on
        self.erased = False  # from the store, by its follower
        self.window_ends: float | None = None  # on the steady clock, as the latest try found
        self._comes_late = False  # its answer cannot begin before then
        self._waiting: set[Event] = set()
        self._nobody_reads = Event()
        self._nobody_reads.set()
        self._readers = 0

    @property
    def settled(self) -> bool:
        return self.message.settled

    def gone(self) -> None:
        """It was erased: whoever waits has nothing to wait for."""
        self.erased = True
        self._wake_all()

    def begins_at(self, at: float) -> None:
        """There is no place yet: the model will be asked at about `at`, on the steady clock.

        Where that is behind its window nobody is held until the end of it.
        """
        if self.window_ends is not None and at > self.window_ends:
            self._comes_late = True
            self._wake_all()

    def start_over(self, *, within_thought: bool = False) -> None:
        """The model is asked (again): what an earlier call brought is void.

        `within_thought`: it is one of those that begin to think without saying so.
        """
        if self.voicing:
            self.voicing.start_over()
        self.given = ""
        self._comes_late = False
        self.text = THOUGHT_BEGINS if within_thought else ""
        self.said_all = False

    def let_go(self) -> None:
        """Nobody works on it any more."""
        if self.work:
            self.work.kill(block=False)
        if self.voicing:
            self.voicing.close()
        self.work = self.voicing = None

    def taken_out_of_our_hands(self, message: Message) -> None:
        """The operator has moved it: what is under way for it is void, and it goes on from here."""
        self.let_go()
        self.resumed, self.ask = False, None
        self.text, self.given = message.partial, message.given
        self.moved(message)

    def moved(self, message: Message) -> None:
        """Take note of a move; one that settles the message wakes everybody who waits.

        What was begun before the operator moved it is void.
        """
        if message.operator_moves < self.message.operator_moves:
            return
        self.message = message
        if message.settled:
            self._wake_all()

    def _wake_all(self) -> None:
        for wake in self._waiting:
            wake.set()

    @property
    def being_read(self) -> bool:
        """Whether a try is open that may carry the reply away."""
        return self._readers > 0

    @contextmanager
    def waking(self, wake: Event) -> Iterator[None]:
        """Within the block `wake` is set when the message settles, or will not in time."""
        self._waiting.add(wake)
        if self.settled or self.erased or self._comes_late:
            wake.set()
        try:
            yield
        finally:
            self._waiting.discard(wake)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within the block a try is open that may carry the reply away."""
        self._readers += 1
        self._nobody_reads.clear()
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                self._nobody_reads.set()

    def wait_for_readers(self, seconds: float) -> None:
        """Let open tries carry the settled reply away, so that what follows knows it is read."""
        self._nobody_reads.wait(seconds)


def line_up(queue: deque[Progress], progress: Progress) -> None:
    """Put it behind the one that is worked on, and before those that came later."""
    later = (n for n, p in enumerate(queue) if n and progress.message.id < p.message.id)
    queue.insert(next(later, len(queue)), progress)
