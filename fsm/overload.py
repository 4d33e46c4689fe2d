"""Too much at once: what cannot be answered in time is told so at once, before it costs anything.

The measure is how late the event loop comes to what is ready, and how long what is saved together
takes: both grow when there is more to do than one core can, and for no other reason. A number of
messages would not do, because a slow model makes many of them and no work; nor would the database's
waits, for a lock or the disk, which a follower is better held for. But of those that wait for it
only so many can be answered when it works again.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import gevent
from gevent.event import AsyncResult

from fsm import events
from store import messages
from store.database import Database
from store.errors import StoreError
from store.messages import Arrival

TICK = 0.05  # seconds
LATE_FOR = 0.3  # seconds: something that holds the loop up once is no overload
REMEMBERED = 20.0  # seconds: longer than tries last
AT_A_TIME = 200  # messages that are looked up together
TOLD_EVERY = 1.0  # seconds
# Messages that wait for the database, and are made up for when it works again: about what one core
# does in the seconds that their tries have left then.
MOST_WAIT = 1000


class Waiting:
    """How long what is ready waits for its turn, of which a message needs about ten.

    `most` is how many seconds that may take; 0: any time. `now` gives seconds of a steady clock.

    gevent looks for what has become ready every few milliseconds, however much is ready already:
    only something that stands in line with the rest finds out how long that takes.
    """

    def __init__(self, most: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._lined_up_at: float | None = None
        self._late_since: float | None = None
        self._loop = gevent.get_hub().loop
        self._timer: Any = self._loop.timer(TICK, TICK, ref=False)
        self._timer.start(self.line_up)

    def line_up(self) -> None:
        """Stand in line, unless we do already."""
        if self._lined_up_at is None:
            self._lined_up_at = self._now()
            self._loop.run_callback(self.take_turn)

    def take_turn(self) -> None:
        """Note how long the line was, now that our turn has come."""
        if self._lined_up_at is None or self._now() - self._lined_up_at < self._most:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = self._lined_up_at
        self._lined_up_at = None

    @property
    def too_long(self) -> bool:
        """Whether it has been too long for a while."""
        if not self._most:
            return False
        since = self._late_since if self._late_since is not None else self._lined_up_at
        return since is not None and self._now() - since > LATE_FOR

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()
        self._timer.close()


class Lookups:
    """Whether messages are known, of many at a time: who asks meanwhile waits for the next time."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asked: dict[str, AsyncResult[bool]] = {}
        self._looking = False

    def is_known(self, dedup_key: str) -> bool:
        """Whether a try has brought the message already. Raises `StoreError`."""
        answer = self._asked.setdefault(dedup_key, AsyncResult())
        if not self._looking:
            self._looking = True
            gevent.spawn(self._look)
        return bool(answer.get())

    def _look(self) -> None:
        while self._asked:
            asked = dict(islice(self._asked.items(), AT_A_TIME))
            for key in asked:
                del self._asked[key]
            try:
                known = self._db.read(messages.known, list(asked))
            except Exception as error:
                for answer in asked.values():
                    answer.set_exception(error)
            else:
                for key, answer in asked.items():
                    answer.set(key in known)
        self._looking = False


class Overload:
    """Judges each message that comes; `most`: see `Waiting`.

    `alone_for` says for how many seconds no other process has served the database: what others may
    have let in has to be looked up.
    """

    def __init__(
        self,
        db: Database,
        most: float,
        alone_for: Callable[[], float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._alone_for = alone_for
        self._lookups = Lookups(db)
        self._now = now
        self._most = most
        self._waiting = Waiting(most, now)
        self._let_in: dict[str, float] = {}  # the oldest first
        self._being_stored = 0
        self._refused = Counter[str]()  # that have not been told of, by account
        self._teller: gevent.Greenlet[[], None] | None = None

    @property
    def there_is(self) -> bool:
        """Whether more is to be done than can be done in time."""
        if self._waiting.too_long:
            return True
        too_many_wait = self._being_stored >= MOST_WAIT
        return self._most > 0 and (too_many_wait or self._db.busy() > LATE_FOR)

    @property
    def knows_all(self) -> bool:
        """Whether all that has been let in of late is known here, and need not be looked up."""
        return self._alone_for() > REMEMBERED

    def recall(self) -> None:
        """Know what was let in before this process came. Raises `StoreError`."""
        since = self._db.clock() - REMEMBERED
        for dedup_key in self._db.read(messages.arrived_since, since):
            self._remember(dedup_key)

    def refuses(self, arrival: Arrival) -> bool:
        """Whether it has to be told to come again. A try of a message that was let in never is.

        Nor is one of which the store cannot say that just now: it waits for the store, as all do.
        """
        if self.there_is:
            try:
                if not self._is_known(arrival):
                    self.count(arrival.of_account)
                    return True
            except StoreError:
                return False
        self._remember(arrival.dedup_key)
        return False

    @contextmanager
    def being_stored(self) -> Iterator[None]:
        """Within the block a message that was let in waits for the database."""
        self._being_stored += 1
        try:
            yield
        finally:
            self._being_stored -= 1

    def count(self, account: str) -> None:
        """One of an account was told to come again: it is announced with those of one second."""
        self._refused[account] += 1
        if not self._teller:
            self._teller = gevent.spawn(self._tell_on)

    def stop(self) -> None:
        """Measure no more."""
        self._waiting.stop()
        self._tell()

    def _is_known(self, arrival: Arrival) -> bool:
        if arrival.dedup_key in self._let_in:
            return True
        return not self.knows_all and self._lookups.is_known(arrival.dedup_key)

    def _remember(self, dedup_key: str) -> None:
        now = self._now()
        self._let_in.pop(dedup_key, None)
        self._let_in[dedup_key] = now
        while (oldest := next(iter(self._let_in))) and self._let_in[oldest] < now - REMEMBERED:
            del self._let_in[oldest]

    def _tell_on(self) -> None:
        while self._refused:
            self._tell()
            gevent.sleep(TOLD_EVERY)
        self._teller = None

    def _tell(self) -> None:
        refused, self._refused = self._refused, Counter()
        for account, messages_refused in refused.items():
            events.too_busy(messages_refused, account)
