"""The real threads that the speech SDK runs in; everything here is called from greenlets."""

import time
from collections.abc import Callable
from typing import TypeVar, cast

from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.pool import Group
from gevent.threadpool import ThreadPool

from integrations.speech.errors import SpeechError, SpeechTooLate

T = TypeVar("T", bytes, str, list[str])


class Threads:
    """`at_once` calls, and what opens, stops and releases them."""

    def __init__(self, at_once: int) -> None:
        self._slots = BoundedSemaphore(at_once)
        # The hub's own pool has ten threads and resolves host names in them: ten calls that hang
        # would stop every new connection of the server. Beside each call there may be a thread
        # that stops it; the others open and release connections.
        self._pool = ThreadPool(4 * at_once)
        self._stops: set[Callable[[], None]] = set()
        self._leaving = Group()

    def begin(self, work: Callable[[], None]) -> "AsyncResult[None]":
        """Have something short done; the result says when it is."""
        return self._pool.spawn(work)

    def call(
        self, work: Callable[[], T | SpeechError], *, deadline: float, stop: Callable[[], None]
    ) -> T:
        """The outcome of `work`. `stop` ends it when the caller leaves before, for any reason.

        Raises the `SpeechError` that `work` returns, or `SpeechTooLate`.
        """
        if not self._slots.acquire(timeout=until(deadline)):
            raise SpeechTooLate("too many calls at once")
        job = self._start(work, stop)
        try:
            job.wait(timeout=until(deadline))
        finally:
            if not job.ready():
                self._pool.spawn(stop)
        if not job.ready():
            raise SpeechTooLate
        outcome = cast(T | SpeechError, job.get())
        if isinstance(outcome, SpeechError):
            raise outcome
        return outcome

    def leave(self, release: Callable[[], None], *, after: "AsyncResult[None] | None") -> None:
        """Have a connection released, once it has been opened."""
        self._leaving.spawn(self._release, release, after)

    def close(self) -> None:
        """Stop all calls and end the threads."""
        for stop in list(self._stops):
            self._pool.spawn(stop)
        self._leaving.join()
        self._pool.kill()

    def _start(
        self, work: Callable[[], T | SpeechError], stop: Callable[[], None]
    ) -> "AsyncResult[T | SpeechError]":
        """Run `work`, which keeps its place among the calls at once for as long as it runs."""
        try:
            job = self._pool.spawn(work)
        except BaseException:
            self._slots.release()
            raise
        self._stops.add(stop)
        job.rawlink(lambda _: self._ended(stop))
        return job

    def _ended(self, stop: Callable[[], None]) -> None:
        self._stops.discard(stop)
        self._slots.release()

    def _release(self, release: Callable[[], None], after: "AsyncResult[None] | None") -> None:
        if after is not None:
            after.wait()
        self._pool.apply(release)


def until(deadline: float) -> float:
    """Seconds that are left."""
    return max(0.0, deadline - time.monotonic())
