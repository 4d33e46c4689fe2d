"""Models that have failed rest; then one question finds out whether they are well again."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gevent.event import Event

from fsm import events
from fsm.asking.models import Model
from fsm.failures import NoFirstWord, NoKeyLeft, NothingReadable
from integrations.model.errors import EmptyAnswer, KeyRefused, ModelError, OverTheLimit
from store import cool_downs
from store.cool_downs import Rest
from store.database import Database

PATIENT = 2  # failures in a row of a kind that may pass by itself
OFTEN = 4  # times in a row
FIRST_REST = 10.0  # seconds; each in a row is twice as long as the one before
LONGEST_REST = 60.0
NEWS_TRAVELS = 1.0  # seconds in which the store may still say what was so before
AGAIN_AFTER = 2.0  # seconds until one may be asked again that rests, where no other is well
PROBE_SECONDS = 15.0  # that others leave to the one call which finds out
# It may be the question's fault: not where that happens time and again.
EMPTY = (EmptyAnswer, NothingReadable)


@dataclass
class Trouble:
    """What is known of a model that failed. `until` and `rested` are of the steady clock.

    `rested`: until when it would have rested, had it not been asked before. `empty`: it answered,
    and said nothing. `saved`: the store has been seen to know of it.
    """

    times: int = 0  # in a row
    until: float = 0.0
    rested: float = 0.0
    reason: str = ""
    probed: bool = False
    empty: bool = False
    saved: bool = False


class Rests:
    """Which of several models rest, here and in the other processes of the same store."""

    def __init__(self, db: Database, models: Sequence[Model]) -> None:
        self._db = db
        self._models = models if len(models) > 1 else ()  # one alone is asked, however it was
        self._troubles: dict[str, Trouble] = {}
        self._well_at: dict[str, float] = {}  # steady clock, by the model's name in the store
        self._failed_at: dict[str, float] = {}  # the same
        self._asked_again_at: dict[str, float] = {}  # the same
        self._keys_tried_until: dict[str, float] = {}  # the same
        self._outpaced = Counter[str]()  # how often in a row, by the same
        self._have_spoken: set[str] = set()
        self._watching: set[Event] = set()

    @contextmanager
    def watching(self, wake: Event) -> Iterator[None]:
        """Within the block `wake` is set when one is found to be well, or not, or has room."""
        self._watching.add(wake)
        try:
            yield
        finally:
            self._watching.discard(wake)

    def wait_for_news(self, seconds: float) -> bool:
        """Wait for that, so long at most. Returns whether there was any."""
        with self.watching(wake := Event()):
            return wake.wait(seconds)

    def left(self, model: Model) -> float:
        """For how many seconds it is still left alone; 0 for one that may be asked."""
        trouble = self._troubles.get(model.stored_as)
        return max(0.0, trouble.until - self._db.steady()) if trouble else 0.0

    def is_probed(self, model: Model) -> bool:
        """Whether a question is just finding out."""
        if self._db.steady() < self._keys_tried_until.get(model.stored_as, -math.inf):
            return True
        trouble = self._troubles.get(model.stored_as)
        return trouble is not None and trouble.probed and self.left(model) > 0

    def has_spoken(self, model: Model) -> bool:
        """Whether it has answered anybody, since the start."""
        return model.stored_as in self._have_spoken

    def reason(self, model: Model) -> str:
        """Why it failed last, "" where it has not failed."""
        trouble = self._troubles.get(model.stored_as)
        return trouble.reason if trouble else ""

    def known_for(self, model: Model) -> float:
        """For how many seconds nobody need ask it again, who has no other: it has just failed."""
        return max(0.0, self.failed_at(model) + AGAIN_AFTER - self._db.steady())

    def failed_at(self, model: Model) -> float:
        """When it failed last, on the steady clock."""
        return self._failed_at.get(model.stored_as, -math.inf)

    def is_first_to_ask_again(self, model: Model) -> bool:
        """Whether nobody has just asked it once more that failed them; from now on one has."""
        now, before = self._db.steady(), self._asked_again_at.get(model.stored_as, -math.inf)
        if now < before + AGAIN_AFTER:
            return False
        self._asked_again_at[model.stored_as] = now
        return True

    def begin(self, model: Model) -> bool:
        """It is asked: one that had failed is left to this call. Returns whether it rested."""
        if model.keys.all_refused:
            self._keys_tried_until[model.stored_as] = self._db.steady() + PROBE_SECONDS
        trouble = self._troubles.get(model.stored_as)
        if not (trouble and trouble.until):
            return False
        trouble.rested = trouble.until
        self._rest(model, trouble, PROBE_SECONDS)
        trouble.probed = True
        return True

    def ended(self, model: Model) -> None:
        """It is not asked any more; where nothing came of it, the next may find out."""
        tried = self._keys_tried_until.pop(model.stored_as, None)
        trouble = self._troubles.get(model.stored_as)
        if trouble and trouble.probed:
            self._rest(model, trouble, trouble.rested - self._db.steady())
            self.tell()
        elif model.places or tried:
            self.tell()

    def is_often_outpaced(self, model: Model) -> bool:
        """It gave no sign, and one was quicker that was asked beside it: whether it is ever so."""
        self._outpaced[model.stored_as] += 1
        return self._outpaced[model.stored_as] >= OFTEN

    def failed(self, model: Model, error: ModelError) -> None:
        """It brought nothing. What tells of one question or of a key tells nothing of the model."""
        of_a_key = isinstance(error, KeyRefused | OverTheLimit | NoKeyLeft)
        tells = error.about_the_service or isinstance(error, EMPTY)
        if model not in self._models or not tells:
            return
        was_slow = isinstance(error, NoFirstWord)  # it may be so still, and answer
        if not was_slow and (not of_a_key or model.keys.all_refused):
            self._failed_at[model.stored_as] = self._db.steady()
            self._keys_tried_until.pop(model.stored_as, None)
        if not of_a_key:
            self._count(model, error)
        self.tell()

    def _count(self, model: Model, error: ModelError) -> None:
        trouble = self._troubles.setdefault(model.stored_as, Trouble())
        left, probed = self.left(model), trouble.probed
        if left and not probed:
            return  # another question has told of it
        trouble.reason, trouble.empty = type(error).__name__, isinstance(error, EMPTY)
        if probed and trouble.rested > self._db.steady():
            self._rest(model, trouble, trouble.rested - self._db.steady())
            return  # it was asked before its time, as no other was well
        trouble.times += 1
        lasting = error.lasting and not trouble.empty
        if lasting or probed or trouble.times >= PATIENT:
            doubled = max(0, trouble.times - (1 if lasting else PATIENT))
            seconds = min(LONGEST_REST, FIRST_REST * 2.0 ** min(doubled, 10))
            self._rest(model, trouble, seconds)
            events.model_rests(
                model.name, model.link.account, reason=trouble.reason, seconds=seconds
            )

    def gives_a_sign(self, model: Model) -> None:
        """It begins to speak: it is well, but where it is known to end without a word."""
        self._outpaced.pop(model.stored_as, None)
        trouble = self._troubles.get(model.stored_as)
        if not (trouble and trouble.empty):
            self.is_well(model)

    def is_well(self, model: Model) -> None:
        """It says something: whatever was known of it is void."""
        self._failed_at.pop(model.stored_as, None)
        is_news = model.stored_as not in self._have_spoken
        self._have_spoken.add(model.stored_as)
        keys_tried = self._keys_tried_until.pop(model.stored_as, None)
        if trouble := self._troubles.pop(model.stored_as, None):
            self._well_at[model.stored_as] = self._db.steady()
            if trouble.until:
                self._db.write_soon(cool_downs.end, model.stored_as)
                events.model_is_well(model.name, model.link.account)
        if trouble or keys_tried or is_news:
            self.tell()

    def heed(self, saved: Mapping[str, Rest]) -> None:
        """Take note of what the store says: another process may have found out something."""
        for model in self._models:
            if self._db.steady() - self._well_at.get(model.stored_as, -1e9) < NEWS_TRAVELS:
                continue
            rest, trouble = saved.get(model.stored_as), self._troubles.get(model.stored_as)
            if rest is not None:
                left = min(rest.until - self._db.clock(), LONGEST_REST)
                trouble = self._troubles.setdefault(model.stored_as, Trouble(reason=rest.reason))
                trouble.until, trouble.saved = max(trouble.until, self._db.steady() + left), True
                trouble.times = max(trouble.times, _behind(left))
            elif trouble and trouble.saved and self.left(model) > 0 and not trouble.probed:
                del self._troubles[model.stored_as]  # it was found to be well

    def _rest(self, model: Model, trouble: Trouble, seconds: float) -> None:
        """So many seconds from now; it may be over already."""
        trouble.until, trouble.probed = self._db.steady() + seconds, False
        trouble.saved = False  # not by now
        until = self._db.clock() + seconds
        name, reason = model.stored_as, trouble.reason
        self._db.write_soon(cool_downs.rest, name, until=until, reason=reason)

    def tell(self) -> None:
        """Those who wait for news, that there is some."""
        for wake in self._watching:
            wake.set()


def _behind(rest: float) -> int:
    """How many failures in a row are behind a rest that has so many seconds left, at the least."""
    return PATIENT + round(math.log2(max(1.0, rest / max(1.0, FIRST_REST))))
