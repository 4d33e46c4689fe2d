"""Writes that nobody waits for: done in the order they came, a moment later, by one greenlet."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.event import AsyncResult, Event

from store.database import WorkResult
from store.errors import StoreError
from store.postgresql.transactions import Work

LATER = 0.05  # seconds that what nobody waits for may wait for company
AGAIN = 0.5  # seconds until what could not be done is tried again
AT_THE_END = 2.0  # seconds for which that goes on when all is to end
MOST = 100  # pieces that reach the disk together


@dataclass(eq=False)
class _Piece:
    work: Work[Any]
    done: "AsyncResult[Any]" = field(default_factory=AsyncResult)


class Later:
    """Does what nobody waits for, in the order in which it was put.

    `do` does pieces in their order and returns what came of each, up to the first that cannot be
    done just now; it raises a `StoreError` where none of them is safe. `given_up` is told of what
    cannot be done.
    """

    def __init__(
        self,
        do: Callable[[list[Work[Any]]], list[WorkResult]],
        given_up: Callable[[BaseException], None],
    ) -> None:
        self._do = do
        self._given_up = given_up
        self._pieces: deque[_Piece] = deque()
        self._wanted = Event()
        self._give_up_at = math.inf
        self.trouble: StoreError | None = None  # why what is put off is not done
        self._time_is_up: Any = None  # a timer, while something is put off
        self._greenlet = gevent.spawn(self._go_on)

    def put(self, work: Work[Any]) -> "AsyncResult[Any]":
        """Have it done; what comes of it is in the result that is returned."""
        piece = _Piece(work)
        self._pieces.append(piece)
        if (
            len(self._pieces) == 1
        ):  # a timer that was stopped goes on with what was left of its time
            self._time_is_up = gevent.get_hub().loop.timer(LATER)
            self._time_is_up.start(self._wanted.set)
        return piece.done

    def hand_in(self) -> "AsyncResult[Any] | None":
        """Have what was put off done now. Returns the result that comes last; None for nothing."""
        if not self._pieces:
            return None
        self._wanted.set()
        return self._pieces[-1].done

    def close(self) -> None:
        """Have what was put off done. What cannot be done within `AT_THE_END` is given up."""
        self._give_up_at = time.monotonic() + AT_THE_END
        while self._pieces and not self._greenlet.dead:
            self._wanted.set()
            self._pieces[-1].done.wait(AGAIN)
        self._greenlet.kill()
        self._stop_waiting()

    def _go_on(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self._stop_waiting()
            while self._pieces:
                self._do_some()

    def _stop_waiting(self) -> None:
        if self._time_is_up:
            self._time_is_up.stop()
            self._time_is_up.close()
            self._time_is_up = None

    def _do_some(self) -> None:
        some = [piece.work for piece, _ in zip(self._pieces, range(MOST), strict=False)]
        try:
            results = self._do(some)
            self.trouble = None
        except StoreError as error:
            results, self.trouble = [], error
        except Exception as error:
            results = [(None, error)] * len(some)
        for result in results:
            self._end(*result)
        if not results and time.monotonic() >= self._give_up_at:
            while self._pieces:
                self._end(None, self.trouble)
        elif not results:
            gevent.sleep(AGAIN)

    def _end(self, value: Any, error: BaseException | None) -> None:
        piece = self._pieces.popleft()
        if error is None:
            piece.done.set(value)
        else:
            piece.done.set_exception(error)
            self._given_up(error)
