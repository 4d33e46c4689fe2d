"""Several tests at once: processes that are forked when all tests are collected, once for all.

A worker is handed some tests, and further ones as it begins with the last of them: what a module's
tests share ends with the module. It sends what pytest reports of each, and pytest shows it here.
"""

import os
import select
import signal
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import gevent
import pytest
from gevent.os import fork_gevent

from tests.dealing import Deal
from tests.forked import end
from tests.forking import RUN

END_SECONDS = 20.0  # for what was interrupted to take its servers down


@dataclass
class Worker:
    """A process, as the one that deals sees it."""

    number: int
    pid: int
    order: Connection
    told: Connection
    handed: deque[int]  # of these tests nothing has been said yet


class Workers:
    """All of them, until no test is left."""

    def __init__(self, session: pytest.Session, number: int, base: Path) -> None:
        self.session, self.base = session, base
        self.deal = Deal(session.items, number)
        self.working: dict[Connection, Worker] = {}
        self.numbers = count()
        base.mkdir(exist_ok=True)
        os.environ[RUN] = str(os.getpid())
        for one in range(min(number, len(session.items))):
            self.begin(one, [])

    def run(self) -> None:
        """Raises what a worker's end, or the first of so many failures, stands for in pytest."""
        try:
            while self.working:
                for told in select.select(list(self.working), [], [])[0]:
                    self.listen(self.working[told])
                    if self.session.shouldfail:
                        raise self.session.Failed(self.session.shouldfail)
        finally:
            self.stop()

    def begin(self, number: int, handed: list[int]) -> None:
        """Fork one off. It begins with what it is `handed`."""
        orders, order = Pipe(duplex=False)
        told, tell = Pipe(duplex=False)
        base = self.base / str(next(self.numbers))
        pid = fork_gevent()
        if not pid:
            for way in (order, told, *self.working, *(one.order for one in self.working.values())):
                way.close()
            be_worker(self.session, orders, tell, base)
        orders.close()
        tell.close()
        self.working[told] = worker = Worker(number, pid, order, told, deque())
        self.hand(worker, handed or self.deal.more(number))

    def hand(self, worker: Worker, tests: list[int]) -> None:
        worker.handed.extend(tests)
        worker.order.send(tests)

    def listen(self, worker: Worker) -> None:
        try:
            reports = worker.told.recv()
        except EOFError:
            self.ended(worker)
            return
        if reports is None:
            self.hand(worker, self.deal.more(worker.number))
            return
        item, config = self.session.items[worker.handed.popleft()], self.session.config
        config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for data in reports:
            report = config.hook.pytest_report_from_serializable(config=config, data=data)
            config.hook.pytest_runtest_logreport(report=report)
        config.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def ended(self, worker: Worker) -> None:
        """Where that was in the midst of a test, the test has failed and another does the rest."""
        del self.working[worker.told]
        worker.told.close()
        worker.order.close()
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if not code and not worker.handed:
            return
        tests = worker.handed
        item = self.session.items[tests.popleft()] if tests else self.session.items[-1]
        said = f"the process of {'this test' if worker.handed else 'some tests'} ended with {code}"
        report = pytest.TestReport(
            item.nodeid, item.location, {}, outcome="failed", longrepr=said, when="call"
        )
        self.session.config.hook.pytest_runtest_logreport(report=report)
        self.begin(worker.number, list(tests))

    def stop(self) -> None:
        """Interrupt those that are still there."""
        left = {worker.pid for worker in self.working.values()}
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        with suppress(gevent.Timeout), gevent.Timeout(END_SECONDS):
            while left := {pid for pid in left if not os.waitpid(pid, os.WNOHANG)[0]}:
                gevent.sleep(0.05)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class Reports:
    """What pytest reports of a test."""

    def __init__(self) -> None:
        self.made: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.made.append(report)


def be_worker(
    session: pytest.Session, orders: Connection, tell: Connection, base: Path
) -> NoReturn:
    """The process that was forked. Its temporary files are at `base`."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    code = 1
    try:
        signal.signal(signal.SIGINT, lambda *_: None)  # of a terminal: who deals says it again
        signal.signal(signal.SIGTERM, interrupt)
        apart(session.config, base)
        try:
            for what in tests(session, orders):
                tell.send(what)
        except (KeyboardInterrupt, EOFError, BrokenPipeError):
            pass
        finally:
            session._setupstate.teardown_exact(None)
        session.config.hook.pytest_unconfigure(config=session.config)
        code = 0
    except BaseException:
        if signal.getsignal(signal.SIGTERM) is interrupt:
            traceback.print_exc()
    finally:
        end(code)


def apart(config: pytest.Config, base: Path) -> None:
    """What pytest has for all of them is each one's own."""
    plugins = config.pluginmanager
    plugins.unregister(plugins.get_plugin("terminalreporter"))
    capture: Any = plugins.get_plugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()
    config.option.basetemp = base
    temporary: Any = plugins.get_plugin("tmpdir")
    temporary.pytest_configure(config)


def tests(session: pytest.Session, orders: Connection) -> Iterator[list[dict[str, Any]] | None]:
    """Run what is handed over. Yields the reports of each, and None where there is to be more."""
    config, reports = session.config, Reports()
    config.pluginmanager.register(reports)
    handed = deque(orders.recv())
    while handed:
        item = session.items[handed.popleft()]
        if not handed:
            yield None
            handed.extend(orders.recv())
        following = session.items[handed[0]] if handed else None
        config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield [
            config.hook.pytest_report_to_serializable(config=config, report=report)
            for report in reports.made
        ]
        reports.made.clear()
