"""Two models side by side: whoever has the first word is heard, and the other is cut off."""

import time
from collections.abc import Callable

import gevent
from gevent.queue import Empty, Queue

from fsm.asking.call import Outpaced
from fsm.asking.models import Model, Written
from integrations.model.errors import ModelError

AT_ONCE = 2

Ask = Callable[[Model, Callable[[], bool]], Written]  # with the question whether it may answer


class Runner:
    """One model that is being asked, in a greenlet of its own."""

    def __init__(self, model: Model, ask: Ask, race: "Race") -> None:
        self.model = model
        self._ask = ask
        self._race = race
        self._outcome: Written | Exception | None = None
        self.greenlet = gevent.Greenlet(self._run)

    def _run(self) -> None:
        try:
            self._outcome = self._ask(self.model, lambda: self._race.claim(self))
        except Exception as error:  # it is raised again where it is waited for
            self._outcome = error
        self._race.news.put(self)

    def outcome(self) -> Written:
        """What came of it, once it has ended. Raises what it ended with."""
        self.greenlet.join()
        if isinstance(self._outcome, Written):
            return self._outcome
        raise self._outcome or AssertionError("nobody cuts off the one that is heard")


class Race:
    """One question's: `ask` puts it to a model, `beside` names another to ask, if there is one."""

    def __init__(
        self,
        ask: Ask,
        beside: Callable[[], Model | None],
        failed: Callable[[Model, ModelError], None],
    ) -> None:
        self.news: Queue[Runner] = Queue()
        self._ask = ask
        self._beside = beside
        self._failed = failed
        self._running: list[Runner] = []
        self._heard: Runner | None = None
        self._due: float | None = None  # when another is asked beside it, of monotonic time

    def claim(self, runner: Runner) -> bool:
        """The first to ask is heard."""
        if self._heard is None:
            self._heard = runner
            self.news.put(runner)
        return self._heard is runner

    def run(self, first: Model) -> Written | None:
        """The answer; None where all that were asked have failed. Raises what no other mends."""
        self._start(first)
        try:
            while self._running:
                try:
                    runner = self.news.get(timeout=self._pause())
                except Empty:
                    self._start_another()
                    continue
                if self._heard:
                    self._cut_off_others()
                    return self._heard.outcome()
                self._running.remove(runner)
                self._end(runner)
            return None
        finally:
            gevent.killall([runner.greenlet for runner in self._running], block=False)

    def _pause(self) -> float | None:
        """Seconds until another is asked beside the one that is; None for never."""
        if self._due is None or len(self._running) >= AT_ONCE:
            return None
        return max(0.0, self._due - time.monotonic())

    def _start_another(self) -> None:
        self._due = None
        if other := self._beside():
            self._start(other)

    def _start(self, model: Model) -> None:
        runner = Runner(model, self._ask, self)
        self._running.append(runner)
        runner.greenlet.start()
        hedge = model.settings.hedge_seconds
        self._due = time.monotonic() + hedge if hedge else None

    def _end(self, runner: Runner) -> None:
        try:
            runner.outcome()
        except ModelError as error:
            self._failed(runner.model, error)

    def _cut_off_others(self) -> None:
        others = [runner.greenlet for runner in self._running if runner is not self._heard]
        gevent.killall(others, Outpaced, block=False)
