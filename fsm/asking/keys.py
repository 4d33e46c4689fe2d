"""A model's keys: used in turn; one that is refused or over its limit rests."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gevent.event import Event

from fsm import events
from fsm.reasons import kind, of_keys, reason_of
from integrations.model.errors import AccessDenied, KeyRefused, ModelError, OverTheLimit
from store import cool_downs
from store.cool_downs import Rest
from store.database import Database

REFUSED_RESTS = 600.0  # seconds; a refused key is then asked only where no other is left
LONGEST_REST = 60.0  # seconds of one over its limit, whatever the service says; then it is probed
REFUSED = (KeyRefused.__name__, AccessDenied.__name__)
PROBE_SECONDS = 10.0  # that others leave to the one call which finds out whether it is well again


@dataclass(frozen=True)
class Key:
    """`number` is the key's place in the configuration, from 1."""

    number: int
    value: str = field(repr=False)
    to: str = ""  # whose it is, where there are several models

    @cached_property
    def name(self) -> str:
        """What the store knows the key by."""
        return cool_downs.key_name(self.value, self.to)

    @cached_property
    def label(self) -> str:
        """What an operator knows the key by."""
        return cool_downs.key_label(self.number, self.value, self.to)


class Keys:
    """Hands the keys out in turn. What rests is saved, so that a restart remembers it.

    In here it rests by the steady clock; what is saved is of the clock on the wall, which may have
    been set by then: no key rests longer than its kind may.
    """

    def __init__(
        self, db: Database, values: Sequence[str], to: str = "", account: str = ""
    ) -> None:
        self._account = account
        self._db = db
        self._queue = [Key(number, value, to) for number, value in enumerate(values, 1)]
        self._resting: dict[str, Rest] = {}
        self._said: dict[str, float] = {}  # until when the service said, by the key's name
        self._tried: set[str] = set()  # the names of those that a call is finding out about
        self._news = Event()  # set for a moment, for those who wait for a rested key
        at, now = db.clock(), db.steady()
        for name, rest in db.read(cool_downs.resting, at=at).items():
            # Of one over its limit the first question finds out.
            left = min(rest.until - at, REFUSED_RESTS) if _of_refusal(rest) else 0.0
            self._resting[name] = Rest(now + left, rest.reason)

    def turn(self, *, besides: set[Key], patience: float) -> Key | None:
        """The next key that is not in `besides`; waits at most `patience` seconds for a rested one.

        Returns None where every key is used up, or rests for longer.
        """
        give_up_at = time.monotonic() + patience
        while left := [key for key in self._queue if key not in besides]:
            key = min(left, key=self._rests_for)  # the first of equals: the one used longest ago
            pause, patience = self._rests_for(key), give_up_at - time.monotonic()
            if pause <= 0 or self._is_refused(key):
                return self._hand_out(key)
            if patience <= 0 or self._pause_of(key) > patience:
                return None
            self._news.wait(min(pause, patience))
        return None

    def _pause_of(self, key: Key) -> float:
        """Seconds that it surely rests for: of one that is being tried nobody knows."""
        if key.name in self._tried:
            return 0.0
        return max(self._rests_for(key), self._said.get(key.name, 0.0) - self._db.steady())

    def _hand_out(self, key: Key) -> Key:
        self._queue.remove(key)
        self._queue.append(key)
        if key.name in self._resting and not self._is_refused(key):
            self._said.pop(key.name, None)  # whoever comes meanwhile waits for what is found out
            self._tried.add(key.name)
            again_at = self._db.steady() + PROBE_SECONDS
            self._resting[key.name] = Rest(again_at, self._resting[key.name].reason)
        return key

    def pause(self) -> float:
        """Seconds until one of them may be used again; 0: one may be."""
        return min(map(self._rests_for, self._queue), default=0.0)

    def refused(self, key: Key, why: KeyRefused) -> None:
        """Let a key rest that the service does not take."""
        self._rest(key, why, REFUSED_RESTS)

    def over_the_limit(self, key: Key, why: OverTheLimit, *, at_least: float) -> None:
        """Let a key rest for as long as the service says, and a minute at most."""
        said = max(at_least, why.retry_after or 0.0)
        self._said[key.name] = self._db.steady() + said
        self._rest(key, why, min(said, LONGEST_REST))

    def broke_off(self, key: Key, why: ModelError) -> None:
        """Of an answer that had begun: what ended it may say of the key that it has to rest."""
        if isinstance(why, OverTheLimit):
            self.over_the_limit(key, why, at_least=1.0)
        elif isinstance(why, KeyRefused):
            self.refused(key, why)

    def answers(self, key: Key) -> None:
        """The service takes the key: whatever was said of it before is void."""
        if self._resting.pop(key.name, None):
            self._said.pop(key.name, None)
            self._db.write_soon(cool_downs.end, key.name)
            self._tell(key)

    def _rest(self, key: Key, why: KeyRefused | OverTheLimit, seconds: float) -> None:
        reason = reason_of(why)
        self._resting[key.name] = Rest(self._db.steady() + seconds, reason)
        until = self._db.clock() + seconds
        self._db.write_soon(cool_downs.rest, key.name, until=until, reason=reason)
        self._tell(key)
        events.key_rests(key.label, self._account, reason=kind(reason), seconds=seconds)

    def _tell(self, key: Key) -> None:
        """Those who wait, that it is known how it is."""
        self._tried.discard(key.name)
        self._news.set()
        self._news.clear()

    def _is_refused(self, key: Key) -> bool:
        rest = self._resting.get(key.name)
        return rest is not None and _of_refusal(rest)

    @property
    def all_refused(self) -> bool:
        """Whether none of them is any good, until somebody has mended one."""
        return all(map(self._is_refused, self._queue))

    def why_none_is_left(self) -> str:
        """The keys that rest, and why: what the service said of it, too."""
        alike: dict[str, list[str]] = {}
        for key in sorted(self._queue, key=lambda key: key.number):
            if rest := self._resting.get(key.name):
                alike.setdefault(rest.reason, []).append(f"key {key.label}")
        return of_keys(alike)

    def _rests_for(self, key: Key) -> float:
        rest = self._resting.get(key.name)
        return max(0.0, rest.until - self._db.steady()) if rest else 0.0


def _of_refusal(rest: Rest) -> bool:
    return kind(rest.reason) in REFUSED
