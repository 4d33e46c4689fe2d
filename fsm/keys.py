"""The model's keys: used in turn; one that is refused or over its limit rests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import gevent

from fsm import events
from integrations.model.chat_model import KeyRefused, OverTheLimit
from store import cool_downs
from store.cool_downs import Rest
from store.database import Database

REFUSED_RESTS = 600.0  # seconds; a refused key is then asked only where no other is left
OVER_LIMIT_RESTS = 20.0  # seconds, where the service does not say
WORTH_WAITING = 10.0  # seconds to wait for the only key to be free again


@dataclass(frozen=True)
class Key:
    """`number` is the key's place in the configuration, from 1."""

    number: int
    value: str = field(repr=False)

    @property
    def name(self) -> str:
        """What the store knows the key by."""
        return cool_downs.key_name(self.value)

    @property
    def label(self) -> str:
        """What an operator knows the key by."""
        return cool_downs.key_label(self.number, self.value)


class Keys:
    """Hands the keys out in turn. What rests is saved, so that a restart remembers it."""

    def __init__(self, db: Database, values: Sequence[str]) -> None:
        self._db = db
        self._queue = [Key(number, value) for number, value in enumerate(values, 1)]
        self._resting = db.read(cool_downs.resting, at=db.clock())

    def turn(self, *, besides: set[Key], patience: float) -> Key | None:
        """The next key that is not in `besides`; waits at most `patience` seconds for a rested one.

        Returns None where every key is used up.
        """
        left = [key for key in self._queue if key not in besides]
        if not left:
            return None
        key = min(left, key=self._rests_for)  # the first of equals: the one used longest ago
        pause = self._rests_for(key)
        if pause > 0 and self._resting[key.name].reason != KeyRefused.__name__:
            if pause > min(patience, WORTH_WAITING):
                return None
            gevent.sleep(pause)
        self._queue.remove(key)
        self._queue.append(key)
        return key

    def rest(self, key: Key, why: KeyRefused | OverTheLimit) -> None:
        """Let a key rest after what the service said of it."""
        if isinstance(why, KeyRefused):
            seconds = REFUSED_RESTS
        else:
            seconds = why.retry_after if why.retry_after is not None else OVER_LIMIT_RESTS
        reason = type(why).__name__
        rest = self._resting[key.name] = Rest(self._db.clock() + seconds, reason)
        self._db.write_soon(cool_downs.rest, key.name, until=rest.until, reason=reason)
        events.key_rests(key.label, reason=reason, seconds=seconds)

    def why_none_is_left(self) -> str:
        """Each key that rests, and why."""
        keys = sorted(self._queue, key=lambda key: key.number)
        said = [(key.label, self._resting[key.name]) for key in keys if key.name in self._resting]
        return ", ".join(f"key {label}: {rest.reason}" for label, rest in said)

    def _rests_for(self, key: Key) -> float:
        rest = self._resting.get(key.name)
        return max(0.0, rest.until - self._db.clock()) if rest else 0.0
