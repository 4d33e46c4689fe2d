"""The models that are asked the same question, side by side or one in another's place.

Whoever has the first word is heard, and the others are cut off.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from gevent.event import Event

from fsm.asking.chain import Chain
from fsm.asking.models import Model, Written
from fsm.asking.places import Places
from fsm.asking.question import Question
from fsm.asking.runner import Runner
from integrations.model.errors import ModelError

AT_ONCE = 2


class Race:
    """One question's: `ask` puts it to a model, `failed` is told what came of one in vain.

    Another is asked beside one that is slow (`hedge_seconds`), or gives no sign
    (`takeover_seconds`): that one may yet speak, and whoever rests may be well by now. It is given
    up in the other's favour only where there is no place for both, and the other is well.
    """

    def __init__(
        self,
        chain: Chain,
        places: Places,
        question: Question,
        ask: Callable[[Model, Runner], Written],
        failed: Callable[[Model, ModelError], None],
    ) -> None:
        self._chain = chain
        self._places = places
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
            self._give_back(self._more_places)

    def _claim(self, runner: Runner) -> bool:
        """The first to ask is heard."""
        if self._heard is None and runner in self._running:
            self._heard = runner
            self._news.set()
            if runner.was_prompt:
                self._chain.is_prompt(runner.model, runner.began)
        return self._heard is runner

    def _gone(self, runner: Runner) -> None:
        self._chain.end(runner.model)
        self._news.set()

    def _hear_it(self) -> Written | None:
        if not self._heard:
            return None
        for runner in self._running:
            if runner is not self._heard:
                self._cut_off(runner, self._heard)
        self._give_back(self._more_places)
        try:
            return self._heard.outcome()
        except ModelError as error:
            self._failed(self._heard.model, error)
            return None

    def _cut_off(self, runner: Runner, heard: Runner) -> None:
        """It is to blame where it has had its patience, or time and again says nothing before one
        that is asked later."""
        if runner.model is heard.model:
            return runner.make_way()
        silent = runner.was_prompt is None and runner.began < heard.began
        if runner.hangs or (silent and self._chain.rests.is_often_outpaced(runner.model)):
            runner.give_up()
        else:
            runner.make_way()

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
        return self._is_slow() or self._all_are_late()

    def _all_are_late(self) -> bool:
        return all(runner.overdue for runner in self._running)

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
            self._give_back(max(0, self._more_places - max(0, len(self._running) - 1)))

    def _see_who_is_late(self) -> None:
        if self._running and self._all_are_late():
            self._help()
        if self._is_slow() and (well := self._chain.well(self._question)):
            self._hedge_at = None
            if self._has_room():
                self._start(well)

    def _help(self) -> None:
        """Ask another, beside those that give no sign or, where it must be, in one's place."""
        chain, question = self._chain, self._question
        if not (model := chain.well(question) or chain.in_need(question)):
            return self._ask_again()
        hanging = next((runner for runner in self._running if runner.hangs), None)
        if self._has_room():
            self._start(model)
        elif hanging and (other := chain.trusted(question)):
            self._running.remove(hanging)
            self._failed(hanging.model, hanging.give_up())
            self._start(other)

    def _ask_again(self) -> None:
        """Ask one anew that has come to itself, beside its call that hangs or in its place."""
        if not (model := self._chain.come_round(self._question)):
            return
        if not self._has_room():
            hanging = next((runner for runner in self._running if runner.model is model), None)
            if not hanging:
                return
            self._running.remove(hanging)
            hanging.make_way()
        self._question.asked_again.add(model)
        self._start(model)

    def _has_room(self) -> bool:
        """Whether one more may be asked now: it has a place of its own."""
        if len(self._running) > self._more_places:
            if not self._places.place_at_once():
                return False
            self._more_places += 1
        return True

    def _give_back(self, places: int) -> None:
        for _ in range(places):
            self._more_places -= 1
            self._places.give_back()

    def _start(self, model: Model) -> None:
        self._chain.begin(self._question, model)
        runner = Runner(model, self._ask, self._claim, self._gone)
        self._running.append(runner)
        hedge = model.settings.hedge_seconds
        self._hedge_at = runner.began + hedge if hedge else None
