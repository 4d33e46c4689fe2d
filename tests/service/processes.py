"""`server.py` as a process, started as others start it: by systemd, with few files, by hand."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent

from sandbox.follower import Fate, Follower
from sandbox.model import ModelStandIn
from tests.chaos.processes import TOKEN, ServerProcess
from tests.conftest import ROOT
from tests.forking import Forked

PATIENCE = 40.0  # seconds for what takes one or two

# What systemd does before it starts a service that it holds a socket for.
BY_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
# The same but for the number of the socket, which is taken here.
AS_IF_BY_SYSTEMD = """
import os, runpy, sys
from service import supervisor
supervisor.FIRST_HANDED_OVER = int(sys.argv[1])
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
WITH_FEW_FILES = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def until(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        gevent.sleep(0.02)


class Service:
    """A server, the model in this process, and followers."""

    def __init__(self, folder: Path, *, workers: int = 1, **more: Any) -> None:
        self.model = ModelStandIn()
        self.model.start()
        port = urlsplit(self.model.url).port or 0
        self.server = ServerProcess(folder, "server", port, workers, more=more)
        self.process: subprocess.Popen[bytes] | Forked

    def start(self) -> None:
        self._fork(*self.server.command)

    def start_by_systemd(self, held: socket.socket) -> None:
        """With a socket that outlives it."""
        self.server.port = held.getsockname()[1]
        before = [sys.executable, "-c", BY_SYSTEMD, str(held.fileno())]
        with self._listening(), self.server.log.open("ab") as out:
            self.process = subprocess.Popen(
                before + self.server.command,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                pass_fds=[held.fileno()],
            )

    def start_as_if_by_systemd(self, held: socket.socket) -> None:
        """Like that, forked."""
        self.server.port = held.getsockname()[1]
        run = ["-c", AS_IF_BY_SYSTEMD, str(held.fileno()), *self.server.command]
        with self._listening(), self.server.log.open("ab") as out:
            self.process = Forked(*run, log=out, handed=[held.fileno()])

    def start_with_files(self, most: int) -> None:
        """With so many open files at most."""
        self._fork("-c", WITH_FEW_FILES, str(most), *self.server.command)

    def _fork(self, *run: str) -> None:
        with self._listening(), self.server.log.open("ab") as out:
            self.process = Forked(*run, log=out)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """At the end of the block it listens once more."""
        before = len(self.said("event=listening"))
        yield
        until(lambda: len(self.said("event=listening")) > before)

    def said(self, words: str) -> list[str]:
        """The lines of the log with these words."""
        log = self.server.log
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [line for line in lines if words in line]

    def say(self, words: str, open_id: str = "o-one") -> Fate:
        return Follower(self.server.url, TOKEN, open_id=open_id).say(words)

    def send(self, signum: int) -> None:
        os.kill(self.process.pid, signum)

    def end(self, signum: int = signal.SIGTERM) -> int:
        self.send(signum)
        return self.process.wait(PATIENCE)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.end()
        self.model.stop()
