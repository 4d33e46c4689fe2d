"""The server as a process of its own, which can be killed at any moment and started again.

Its listening socket is held here, as systemd holds one: what is pushed while it is down waits for
the next process, or for as long as WeChat does.
"""

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Any, Literal

import gevent
from gevent.event import Event
from gevent.lock import RLock
from gevent.subprocess import Popen, TimeoutExpired

from sandbox.wire import exchange

BACKLOG = 128
START_SECONDS = 60.0  # until it answers, on a machine that has much else to do
READY = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
KILLS_SHOWN = 50
CLEAN = (0, -signal.SIGTERM)  # told to stop before it could listen for that

State = Literal["starting", "up", "stopping", "down"]


class ServerProcess:
    """`words` with `--inherited LISTENER LIFELINE`: two open files, and the second comes to its
    end when this process does. `on_change` is told whenever something of `shown` is another.

    `first_up` is set when the first one serves. `ended` is set, and `exit_code` told, where one
    ended of itself, though nobody told it to.
    """

    def __init__(
        self, words: Sequence[str], on_change: Callable[[], None], *, stop_seconds: float
    ) -> None:
        self.words, self._on_change = list(words), on_change
        self._stop_seconds = stop_seconds
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._lifeline, self._held = os.pipe()  # nothing is ever written
        self._process: Popen[bytes] | None = None
        self._state: State = "down"
        self._up_since: float | None = None
        self._downs: list[list[float | None]] = []  # when it was gone: from, until
        self._one_at_a_time = RLock()
        self.more: list[str] = []  # words that the next process is given besides
        self.first_up, self.ended = Event(), Event()
        self.exit_code = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where it serves, whichever process does."""
        host, port = self._listener.getsockname()
        return str(host), int(port)

    @property
    def shown(self) -> dict[str, Any]:
        """Its state, for the page; times in seconds since 1970."""
        return {
            "state": self._state,
            "pid": self._process.pid if self._process else None,
            "up_since": self._up_since,
            "downs": self._downs,
        }

    def start(self) -> None:
        """Start it, unless it runs. Returns before it serves; see `first_up`."""
        with self._one_at_a_time:
            if self._process:
                return
            files = (self._listener.fileno(), self._lifeline)
            command = [*self.words, *self.more, "--inherited", *map(str, files)]
            process = Popen(command, pass_fds=files, start_new_session=True)
            self._process = process
            gevent.spawn(self._look_after, process)
            self._become("starting")
            gevent.spawn(self._wait_until_it_answers, process)

    def kill(self) -> None:
        """End it by SIGKILL: it cannot do anything about that. Returns when it is gone."""
        with self._one_at_a_time:
            if process := self._process:
                self._become("stopping")
                process.send_signal(signal.SIGKILL)
                process.wait()
                self._gone(process)

    def hang_up(self) -> None:
        """Send it SIGHUP, if it serves."""
        if self._process and self._state == "up":
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> int:
        """Tell it to stop, and wait for it. Returns its exit code, 0 where it did not run."""
        with self._one_at_a_time:
            process = self._process
            if not process:
                return 0
            self._become("stopping")
            process.terminate()
            try:
                code = process.wait(self._stop_seconds)
            except TimeoutExpired:
                process.kill()
                code = process.wait()
            self._gone(process)
            return 0 if code in CLEAN else int(code)

    def _look_after(self, process: "Popen[bytes]") -> None:
        code = process.wait()
        if self._state != "stopping" and self._gone(process) and code >= 0:
            self.exit_code = code
            self.ended.set()

    def _wait_until_it_answers(self, process: "Popen[bytes]") -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while self._process is process and self._state == "starting":
            with suppress(OSError, HTTPException):
                exchange(self.address, READY, give_up_at)
                break
        if self._process is process and self._state == "starting":
            if self._downs and self._downs[-1][1] is None:
                self._downs[-1][1] = time.time()
            self._up_since = time.time()
            self._become("up")
            self.first_up.set()

    def _gone(self, process: "Popen[bytes]") -> bool:
        """Have it noted, once of each process."""
        if self._process is not process:
            return False
        self._process, self._up_since = None, None
        if not self._downs or self._downs[-1][1] is not None:
            self._downs = [*self._downs[-KILLS_SHOWN:], [time.time(), None]]
        self._become("down")
        return True

    def _become(self, state: State) -> None:
        self._state = state
        self._on_change()
