"""A message on its way, as this process knows it: its words so far, and who waits for it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent import Greenlet
from gevent.event import Event

from fsm.asking.ask import Ask
from fsm.text.thoughts import THOUGHT_BEGINS
from fsm.voice.voicing import Voicing
from store.messages import Message


class Progress:
    """What tries look at and wait on. Everybody reads its fields; its methods change them."""

    def __init__(self, message: Message, *, resumed: bool = False, ask: Ask | None = None) -> None:
        self.message = message
        self.resumed = resumed  # an earlier process has been at it
        self.text = message.partial  # what the model has written so far
        self.said_all = False  # what the model still writes is not to be shown
        self.given = message.given  # what the follower was shown of it before the end
        self.voicing: Voicing | None = None  # where the answer is spoken
        self.uploaded_at: float | None = None  # on the steady clock, if this process did it
        self.erased = False  # from the store, by its follower
        self._ask = ask  # what the model is asked with, where that is known already
        self._sound = b""  # of a voice that was heard here, until it is judged
        self._work: Greenlet[..., None] | None = None  # as long as it is worked on
        self._window_ends: float | None = None  # on the steady clock, as the latest try found
        self._comes_late = False  # its answer cannot begin before then
        self._waiting: set[Event] = set()
        self._all_tries_ended = Event()
        self._all_tries_ended.set()
        self._open_tries = 0

    @property
    def settled(self) -> bool:
        return self.message.settled

    @property
    def over(self) -> bool:
        """Nothing more is done for it."""
        return self.settled or self.erased

    # What its work tells of it.

    def work_on(self, work: Callable[["Progress"], None]) -> "Greenlet[..., None]":
        """Have it worked on, in a greenlet of its own, until `let_go`."""
        self._work = gevent.spawn(work, self)
        return self._work

    def heard(self, sound: bytes) -> None:
        """The sound of its voice is here, for one who takes it."""
        self._sound = sound

    def take_sound(self) -> bytes:
        """The sound that was heard, which is kept no longer."""
        sound, self._sound = self._sound, b""
        return sound

    def take_ask(self) -> Ask | None:
        """What the model is asked with the first time, where that is known already."""
        ask, self._ask = self._ask, None
        return ask

    def spoken_by(self, voicing: Voicing) -> Voicing:
        """Its answer is spoken, from now on."""
        self.voicing = voicing
        return voicing

    def uploaded(self, at: float) -> None:
        """This process has given its voice to WeChat, on the steady clock."""
        self.uploaded_at = at

    def begins_at(self, at: float) -> None:
        """There is no place yet: the model will be asked at about `at`, on the steady clock.

        Where that is behind its window nobody is held until the end of it.
        """
        if self._window_ends is not None and at > self._window_ends:
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

    def written(self, text: str, *, said_all: bool = False) -> None:
        """The model has written so much of what is to be read."""
        self.text, self.said_all = text, said_all
        if self.voicing:
            self.voicing.written(text)

    def let_go(self) -> None:
        """Nobody works on it any more."""
        if self._work:
            self._work.kill(block=False)
        if self.voicing:
            self.voicing.close()
        self._work = self.voicing = None

    # What the store has of it.

    def taken_out_of_our_hands(self, message: Message) -> None:
        """The operator has moved it: what is under way for it is void, and it goes on from here."""
        self.let_go()
        self.resumed, self._ask = False, None
        self.found(message)

    def found(self, message: Message) -> None:
        """The store has it so, by somebody else's doing."""
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

    def gone(self) -> None:
        """It was erased: whoever waits has nothing to wait for."""
        self.erased = True
        self._wake_all()

    def _wake_all(self) -> None:
        for wake in self._waiting:
            wake.set()

    # What its tries tell of it.

    @property
    def has_open_tries(self) -> bool:
        """Whether a try is open that may carry the reply away."""
        return self._open_tries > 0

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
    def held_open(self, *, window_ends: float) -> Iterator[None]:
        """Within the block a try is open that may carry the reply away.

        `window_ends`: on the steady clock, as the try found.
        """
        self._window_ends = window_ends
        self._open_tries += 1
        self._all_tries_ended.clear()
        try:
            yield
        finally:
            self._open_tries -= 1
            if not self._open_tries:
                self._all_tries_ended.set()

    def shown(self, given: str) -> None:
        """The follower has seen so much of it before its end."""
        self.given = given

    def wait_for_tries(self, seconds: float) -> None:
        """Let open tries carry the settled reply away, so that what follows knows it is read."""
        self._all_tries_ended.wait(seconds)


def line_up(queue: deque[Progress], progress: Progress) -> None:
    """Put it behind the one that is worked on, and before those that came later."""
    later = (n for n, p in enumerate(queue) if n and progress.message.id < p.message.id)
    queue.insert(next(later, len(queue)), progress)
