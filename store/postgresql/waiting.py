"""A connection that waits as gevent does, with one watcher for all its answers.

The driver's own way works with gevent too, and makes what it waits with anew for each statement.
"""

from typing import Any

import gevent
import psycopg
from psycopg.rows import DictRow
from psycopg.waiting import Ready, Wait

READ, WRITE = 1, 2  # as gevent's loop counts them


class GreenletConnection(psycopg.Connection[DictRow]):
    """For one greenlet at a time; the others go on while it waits."""

    _answers: Any = None  # a watcher

    def wait(self, gen: Any, interval: float = 0.0, timeout: float | None = None) -> Any:
        """What `gen` returns; it says what it waits for. `timeout`, in seconds, is the driver's."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(self._ready(wanted))
        except StopIteration as end:
            return end.value

    def close(self) -> None:
        """Let go of the connection, and of what it waits with."""
        if self._answers:
            self._answers.close()
            self._answers = None
        super().close()

    def _ready(self, wanted: Wait) -> Ready:
        hub = gevent.get_hub()
        if wanted == Wait.R:
            if self._answers is None:
                self._answers = hub.loop.io(self.pgconn.socket, READ)
            hub.wait(self._answers)
            return Ready.R
        watcher = hub.loop.io(self.pgconn.socket, READ | WRITE if wanted == Wait.RW else WRITE)
        try:
            hub.wait(watcher)
        finally:
            watcher.close()
        return Ready.RW if wanted == Wait.RW else Ready.W
