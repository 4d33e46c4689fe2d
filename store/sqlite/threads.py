"""A real thread with one kind of work: what comes while it is busy it does together, next.

SQLite stops whoever calls it, and a thread that is handed each piece of work by itself costs two
switches of the interpreter for each. Here a batch costs one wake-up there and one back.
"""

import math
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.monkey import get_original

from store.database import WorkResult
from store.errors import StoreUnavailable

J = TypeVar("J")

LATER = 0.05  # seconds that what nobody waits for may wait for company
AGAIN = 0.5  # seconds until what could not be done is tried again
AT_THE_END = 2.0  # seconds for which that goes on when the thread is to end
MOST = 500  # pieces of work in one batch
# Seconds. SQLite lets go of the interpreter at each step of a statement, and beside a busy loop it
# gets it back when the loop's turn is over. With Python's own 5 ms commits fell seconds behind.
TURN = 0.0005

_start_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
_NativeQueue: Any = get_original("queue", "SimpleQueue")
_Empty: type[Exception] = get_original("queue", "Empty")


@dataclass(slots=True)
class _Piece(Generic[J]):
    """A piece of work; one that is `patient` is tried until it is done, or nobody can wait."""

    job: J
    done: "AsyncResult[Any]"
    patient: bool


class BatchThread(Generic[J]):
    """`work` is given a batch in the thread and returns a result for each piece, in order.

    Pieces are done in the order in which they were handed in. On the event loop `after` is called
    when a batch is done, and `given_up` with the error of what was put off and is not done.
    """

    def __init__(
        self,
        work: Callable[[list[J]], list[WorkResult]],
        after: Callable[[], None] | None = None,
        given_up: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._work = work
        self._after = after
        self._given_up = given_up
        self._handed_in: Any = _NativeQueue()  # of lists of pieces; None is the end
        self._handed_in_at: deque[float] = deque()  # of the lists that are not done yet
        self._done: deque[tuple[list[tuple[_Piece[J], WorkResult]], int]] = deque()
        self._later: list[_Piece[J]] = []
        self._batch_done = gevent.get_hub().loop.async_()
        self._batch_done.start(self._deliver)
        self._time_is_up: Any = None  # a timer, while something is put off
        self._ended: AsyncResult[None] | None = None
        sys.setswitchinterval(min(TURN, sys.getswitchinterval()))
        _start_thread(self._run, ())

    def submit(self, job: J) -> "AsyncResult[Any]":
        """Have it done now, with what was put off. After `close` it fails, as if it were locked."""
        piece = _Piece(job, AsyncResult(), False)
        if self._ended:
            piece.done.set_exception(StoreUnavailable("the database is closed"))
            return piece.done
        self._later.append(piece)
        self._hand_in()
        return piece.done

    def put_off(self, job: J) -> "AsyncResult[Any]":
        """Have it done with the next piece that somebody waits for, or after `LATER`.

        Where it cannot be done for now (an error that is `retryable`) it is tried again.
        """
        if self._ended:
            return self.submit(job)
        piece = _Piece(job, AsyncResult(), True)
        self._later.append(piece)
        if len(self._later) == 1:  # one that was stopped would go on with what was left of its time
            self._time_is_up = gevent.get_hub().loop.timer(LATER)
            self._time_is_up.start(self._hand_in)
        return piece.done

    def behind(self) -> float:
        """For how many seconds the oldest of what was handed in has waited; 0 for nothing."""
        return time.monotonic() - self._handed_in_at[0] if self._handed_in_at else 0.0

    def close(self) -> None:
        """Have what was handed in done, then end the thread. Closing twice is harmless.

        What cannot be done is tried again `AT_THE_END`, and then given up.
        """
        if self._ended:
            return
        self._ended = AsyncResult()
        self._hand_in()
        self._handed_in.put(None)
        self._ended.wait()
        self._batch_done.stop()
        self._batch_done.close()

    def _hand_in(self) -> None:
        if self._time_is_up:
            self._time_is_up.stop()
            self._time_is_up.close()
            self._time_is_up = None
        if self._later:
            self._handed_in_at.append(time.monotonic())
            self._handed_in.put(self._later)
            self._later = []

    def _run(self) -> None:
        """In the thread."""
        kept: list[_Piece[J]] = []
        give_up_at = math.inf
        while kept or give_up_at == math.inf:
            batch, lists, last = self._batch(kept)
            if last:
                give_up_at = time.monotonic() + AT_THE_END
            again = time.monotonic() < give_up_at
            kept = []
            finished: list[tuple[_Piece[J], WorkResult]] = []
            for piece, result in zip(batch, self._results(batch), strict=True):
                if piece.patient and again and getattr(result[1], "retryable", False):
                    kept.append(piece)
                else:
                    finished.append((piece, result))
            self._done.append((finished, lists))
            self._batch_done.send()
        self._done.append(([], -1))
        self._batch_done.send()

    def _results(self, batch: list[_Piece[J]]) -> list[WorkResult]:
        try:
            return self._work([piece.job for piece in batch]) if batch else []
        except BaseException as error:
            return [(None, error)] * len(batch)

    def _batch(self, kept: list[_Piece[J]]) -> tuple[list[_Piece[J]], int, bool]:
        """All that waits by now, in how many lists it came, and whether it is the last."""
        batch, lists = kept, 0
        try:
            waiting = self._handed_in.get(timeout=AGAIN if kept else None)
            while waiting is not None:
                batch += waiting
                lists += 1
                if len(batch) >= MOST:
                    break
                waiting = self._handed_in.get_nowait()
        except _Empty:
            return batch, lists, False
        return batch, lists, waiting is None

    def _deliver(self) -> None:
        """On the event loop."""
        while self._done:
            finished, lists = self._done.popleft()
            if lists < 0 and self._ended:
                self._ended.set(None)
            for _ in range(lists):
                self._handed_in_at.popleft()
            for piece, (value, error) in finished:
                if error is None:
                    piece.done.set(value)
                else:
                    # With the place in the thread: it is where the fault is.
                    piece.done.set_exception(error, (type(error), error, error.__traceback__))
                    if piece.patient and self._given_up:
                        self._given_up(error)
        if self._after:
            self._after()
