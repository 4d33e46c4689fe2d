"""The models that are asked the same question, side by side or one in another's place.

Whoever has the first word is heard, and the others are cut off.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from gevent.event import Event

from fsm.asking.calls import Calls
from fsm.asking.chain import Chain
from fsm.asking.models import Model, Written
from fsm.asking.question import Question
from fsm.asking.runner import Runner
from integrations.model.errors import ModelError

AT_ONCE = 2


class Race:
    """One question's: `ask` puts it to a model, `failed` is told what came of one in vain.

    Another is asked beside one that is slow (`hedge_seconds`), and in the place of one that gives
    no sign (`takeover_seconds`). Where all others rest, one of them is asked beside the one that
    gives none: it may be slow, and they may be well by now.
    """

    def __init__(
        self,
        chain: Chain,
        calls: Calls,
        question: Question,
        ask: Callable[[Model, Runner], Written],
        failed: Callable[[Model, ModelError], None],
    ) -> None:
        self._chain = chain
        self._calls = calls
        self._question = question
        self._ask = ask
        self._failed = failed
        self._running: list[Runner] = []
        self._heard: Runner | None = None
        self._hedge_at: float | None = None  # when another is asked beside, of monotonic time
        self._more_places = 0
        self._news = Event()

    def run(self, first: Model) -> Written | None:
        """The answer; None where all that were asked have failed. Raises what no other mends."""
        self._start(first)
        try:
            while self._running and not self._heard:
                self._wait()
                if not self._heard:
                    self._see_who_has_ended()
                    self._see_who_is_late()
            return self._hear_it()
        finally:
            for runner in self._running:
                runner.kill()
            for _ in range(self._more_places):
                self._calls.give_back()

    def _claim(self, runner: Runner) -> bool:
        """The first to ask is heard."""
        if self._heard is None and runner in self._running:
            self._heard = runner
            self._news.set()
        return self._heard is runner

    def _gone(self, runner: Runner) -> None:
        self._chain.end(runner.model)
        self._news.set()

    def _hear_it(self) -> Written | None:
        if not self._heard:
            return None
        for runner in self._running:
            if runner is not self._heard:
                runner.cut_off()
        try:
            return self._heard.outcome()
        except ModelError as error:
            self._failed(self._heard.model, error)
            return None

    def _wait(self) -> None:
        """Until there is news, or something is due: where others would help, also for theirs."""
        rests = self._chain.rests
        with rests.watching(self._news) if self._wants_help() else nullcontext():
            self._news.wait(self._pause())
        self._news.clear()

    def _pause(self) -> float | None:
        """Seconds until something is due; None where only news can change anything."""
        now = time.monotonic()
        due = [at - now for at in self._dues() if at > now]
        if self._wants_help():
            due.extend(self._chain.changes_in(self._question))
        return min(due, default=None)

    def _dues(self) -> Iterator[float]:
        if self._hedge_at is not None:
            yield self._hedge_at
        for runner in self._running:
            if runner.due is not None:
                yield runner.due

    def _wants_help(self) -> bool:
        return self._is_slow() or any(runner.overdue for runner in self._running)

    def _is_slow(self) -> bool:
        """Whether another is to be asked beside the one there is."""
        if self._hedge_at is None or len(self._running) >= AT_ONCE:
            return False
        return time.monotonic() >= self._hedge_at

    def _see_who_has_ended(self) -> None:
        for runner in [runner for runner in self._running if runner.ended]:
            self._running.remove(runner)
            try:
                runner.outcome()
            except ModelError as error:
                self._failed(runner.model, error)

    def _see_who_is_late(self) -> None:
        for runner in [runner for runner in self._running if runner.hangs]:
            if runner.model in self._question.probes:
                self._give_up(runner)  # that is what was to be found out
        late = [runner for runner in self._running if runner.overdue]
        if late and (well := self._chain.well(self._question)):
            self._help(late, well, in_its_place=True)
        elif len(late) == len(self._running) and (ill := self._chain.in_need(self._question)):
            self._help(late, ill, in_its_place=False)
        if self._is_slow() and (well := self._chain.well(self._question)):
            self._hedge_at = None
            if self._has_room():
                self._start(well)

    def _help(self, late: list[Runner], model: Model, *, in_its_place: bool) -> None:
        """Ask another, in the place of one that hangs: always, or where there is no other place."""
        hanging = next((runner for runner in late if runner.hangs), None)
        if hanging and (in_its_place or not self._has_room()):
            self._give_up(hanging)
        if self._has_room():
            self._start(model)

    def _give_up(self, runner: Runner) -> None:
        self._running.remove(runner)
        self._failed(runner.model, runner.give_up())

    def _has_room(self) -> bool:
        """Whether one more may be asked now: it has a place of its own."""
        if len(self._running) > self._more_places:
            if len(self._running) >= AT_ONCE or not self._calls.place_at_once():
                return False
            self._more_places += 1
        return True

    def _start(self, model: Model) -> None:
        self._chain.begin(self._question, model)
        runner = Runner(model, self._ask, self._claim, self._gone)
        self._running.append(runner)
        hedge = model.settings.hedge_seconds
        self._hedge_at = runner.began + hedge if hedge else None
