"""Server processes at a tenth of their cost: forked off one that has imported everything.

Each has a process id, signals, files and an end of its own; only the imports are shared. What is
tested is not how `python server.py` starts, other tests do that, but what happens to it afterwards.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import gevent
from gevent.lock import BoundedSemaphore
from gevent.socket import wait_read
from gevent.subprocess import Popen

from sandbox.processes import ROOT

NUMBER = 12  # bytes of a number that is told
RUN = "PYTEST_XDIST_TESTRUNUID"  # of the environment
BEGIN_SECONDS = 30.0
AS_IN_PRODUCTION = "HUIXIN_TESTS_AS_IN_PRODUCTION"


class Forked:
    """A process, as `subprocess.Popen` shows one.

    It runs what stands behind `python`: a script, `-m` and a module, or `-c` and a program, and
    their arguments. Its output goes to `log`, and its `errors` where they are told to.

    With `handed`, open files whose numbers are among the arguments, it is one that a server
    starts: in a session of its own, and deaf to SIGHUP until it listens for it.
    """

    def __init__(
        self,
        *run: str,
        log: IO[bytes],
        cwd: Path = ROOT,
        environ: Mapping[str, str] = os.environ,
        handed: Sequence[int] = (),
        errors: IO[bytes] | None = None,
        kind: str = "server",
    ) -> None:
        self.returncode: int | None = None
        self._told, theirs = os.pipe()
        told = {"run": run, "cwd": str(cwd), "environ": dict(environ), "handed": handed}
        forker = _forker(kind)
        files = [log.fileno(), (errors or log).fileno(), theirs, forker.fileno(), *handed]
        socket.send_fds(forker, [json.dumps(told).encode()], files)
        os.close(theirs)
        self.pid = int(self._next())
        self._ended = gevent.spawn(self._end)

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired`."""
        self._ended.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Does nothing where it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _end(self) -> None:
        self.returncode = int(self._next())
        os.close(self._told)

    def _next(self) -> bytes:
        wait_read(self._told)
        return os.read(self._told, NUMBER)


def ran(
    *run: str,
    kind: str = "command",
    environ: Mapping[str, str] = os.environ,
    cwd: Path = ROOT,
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """A command, once it has ended, with all that it said. Raises `subprocess.TimeoutExpired`."""
    with TemporaryFile() as out, TemporaryFile() as err:
        process = Forked(*run, log=out, errors=err, environ=environ, cwd=cwd, kind=kind)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        said, told = out.read().decode(), err.read().decode()
    return subprocess.CompletedProcess(run, code, said, told)


def started_by_server(
    command: Sequence[str],
    *,
    pass_fds: Sequence[int],
    start_new_session: bool,
    preexec_fn: Callable[[], None] | None = None,
) -> "Forked | Popen[bytes]":
    """In place of the `Popen` of a server that is itself forked: what it starts is, too.

    With `AS_IN_PRODUCTION` in its environment it starts them as ever.
    """
    if AS_IN_PRODUCTION in os.environ:
        return Popen(
            command,
            pass_fds=pass_fds,
            start_new_session=start_new_session,
            preexec_fn=preexec_fn,
        )
    return Forked(*command[1:], log=sys.stdout.buffer, cwd=Path.cwd(), handed=pass_fds)


BEGINNING = BoundedSemaphore(1)
INHERITED: list[socket.socket] = []  # in a process that was forked: the way is the same one


def _forker(kind: str) -> socket.socket:
    """The way to the process that is forked, which ends with this one."""
    with BEGINNING:
        return INHERITED[0] if INHERITED else _begun(kind)


@cache
def _begun(kind: str) -> socket.socket:
    """A connection to the one of all workers of this run, which the first who needs it begins."""
    address = f"\0huixin-tests-{os.environ.get(RUN) or os.getpid()}-{kind}"
    with suppress(OSError):  # another has begun it
        _begin(kind, address)
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with gevent.Timeout(BEGIN_SECONDS):
        while True:
            try:
                ours.connect(address)
                break
            except ConnectionRefusedError:  # in a moment
                gevent.sleep(0.01)
    # For whoever has inherited it, too.
    atexit.register(ours.shutdown, socket.SHUT_RDWR)
    return ours


def _begin(kind: str, address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        command = [sys.executable, "-m", "tests.forked", str(listener.fileno()), kind]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listener.fileno()])
    atexit.register(process.wait)  # after what is registered later
