"""Whether a server lives: on its own host it is asked, elsewhere it was last heard of then."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from store import processes
from store.processes import Process
from tests.conftest import ROOT
from tests.console.story import Story
from tests.console.terminal import Ran

LEASE = 30.0
BEAT = """
import sqlite3, sys, time
from store import processes
from store.processes import Process
db = sqlite3.connect(sys.argv[1])
db.row_factory = sqlite3.Row
process = Process.current()
processes.beat(db, process, at=time.time(), lease=30)
db.commit()
print(process.id, flush=True)
sys.stdin.read()
"""


class Server:
    """A process that is on the list, and has what is unfinished of `o-one`."""

    def __init__(self, today: Story) -> None:
        command = [sys.executable, "-c", BEAT, str(today.path)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout
        name = self._process.stdout.readline().strip()
        self.process = Process(name, socket.gethostname(), self._process.pid)
        message = today.is_asked(today.says(who="o-one"))
        assert processes.claim(today.db, message, self.process, new=True, at=today.now)
        today.db.execute("UPDATE moves SET at = at - 300")

    def kill(self, *, buried: bool = True) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        if buried:
            self._process.wait()
        else:  # ended, and nobody has taken note of it
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)

    def end(self) -> None:
        if self._process.poll() is None:
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()


@pytest.fixture
def server(today: Story) -> Iterator[Server]:
    started = Server(today)
    yield started
    started.end()


def test_a_server_that_runs_is_alive(server: Server, inspect: Callable[..., Ran]) -> None:
    out = inspect()[1]
    assert f"process {server.process.name} has it, alive and up for" in out
    assert "1 server process alive" in out


@pytest.mark.parametrize("buried", [True, False])
def test_one_that_was_killed_is_dead_at_once(
    server: Server, inspect: Callable[..., Ran], buried: bool
) -> None:
    server.kill(buried=buried)
    for command in ((), ("show", "1"), ("follower", "o-one")):
        assert f"its process {server.process.name} is dead, last heard of" in inspect(*command)[1]
    out = inspect()[1]
    assert out.startswith("No server is running on this database: start it")
    assert "no server running" in out
    assert "the next one to start takes it up" in inspect("retry", "1", "--yes")[1]


def test_another_process_that_got_its_number_is_not_taken_for_it(
    today: Story, server: Server, inspect: Callable[..., Ran]
) -> None:
    before = replace(server.process, id=f"{server.process.name}/1")
    today.db.execute("UPDATE processes SET id = ?", (before.id,))
    today.db.execute("UPDATE followers SET owner = ?", (before.id,))
    assert "is dead" in inspect()[1]


def test_one_that_runs_and_is_not_heard_of_any_more_hangs(
    today: Story, server: Server, inspect: Callable[..., Ran]
) -> None:
    processes.beat(today.db, server.process, at=time.time() - 100, lease=LEASE)
    out = inspect()[1]
    assert "runs and does nothing, last heard of 1 min ago: restart the server" in out
    assert "1 server process alive" in out, "it holds what it has"


def test_one_of_another_host_was_last_heard_of_then(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    elsewhere = Process("elsewhere/7/100", "elsewhere", 7)
    message = today.is_asked(today.says())
    assert processes.claim(today.db, message, elsewhere, new=True, at=today.now)
    today.db.execute("UPDATE moves SET at = at - 300")
    for seconds, words in (
        (6, "process elsewhere/7 has it, last heard of 6 s ago"),
        (61, "its process elsewhere/7 is dead, last heard of 1 min ago"),
    ):
        processes.beat(today.db, elsewhere, at=time.time() - seconds, lease=LEASE)
        assert words in inspect()[1]
