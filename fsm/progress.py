"""A message on its way, as this process knows it: its words so far, and who waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from gevent.event import Event

from fsm.voicing import Voicing
from store.messages import Message


class Progress:
    """What tries look at and wait on. `text` is what the model has written so far."""

    def __init__(self, message: Message, *, resumed: bool = False) -> None:
        self.message = message
        self.resumed = resumed  # an earlier process has been at it
        self.text = message.partial
        self.given = message.given  # what the follower was shown of it before the end
        self.voicing: Voicing | None = None  # where the answer is spoken
        self._waiting: set[Event] = set()
        self._nobody_reads = Event()
        self._nobody_reads.set()
        self._readers = 0

    @property
    def settled(self) -> bool:
        return self.message.settled

    def start_over(self) -> None:
        """The model is asked (again): what an earlier call brought is void."""
        if self.voicing:
            self.voicing.start_over()
        self.text = self.given = ""

    def let_go(self) -> None:
        """Nobody works on it any more."""
        if self.voicing:
            self.voicing.close()

    def moved(self, message: Message) -> None:
        """Take note of a move; one that settles the message wakes everybody who waits."""
        self.message = message
        if message.settled:
            for wake in self._waiting:
                wake.set()

    @property
    def being_read(self) -> bool:
        """Whether a try is open that may carry the reply away."""
        return self._readers > 0

    @contextmanager
    def waking(self, wake: Event) -> Iterator[None]:
        """Within the block `wake` is set when the message settles."""
        self._waiting.add(wake)
        if self.settled:
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
