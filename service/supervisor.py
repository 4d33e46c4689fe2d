"""Keeps the workers alive that serve one port together, and stops all of them.

The supervisor binds the listening socket once and hands it on: a push that comes while a worker
starts anew waits in the socket's queue, or is another worker's. It never opens the database.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from socket import AF_INET, AF_INET6, create_server, socket
from tempfile import TemporaryFile

import gevent
from gevent.event import Event
from gevent.socket import wait_read
from gevent.subprocess import Popen

from service.http.listener import BACKLOG
from service.metrics import shared_by_workers
from service.signals import on_stop
from settings.announcements import announce
from settings.language import said
from settings.schema import Server

FIRST_HANDED_OVER = 3  # file number, as systemd has it
A_WHILE = 3.0  # seconds; a worker that lived so long did not die of how it started
FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 30.0  # seconds
TO_END = 5.0  # seconds that a stop may take when no try is open any more
CLEAN = (0, -signal.SIGTERM)  # told to stop before it could listen for that


def supervise(command: Sequence[str], server: Server, settings: str, *, lost: int) -> int:
    """Have workers serve until this process is told to stop, see `Supervisor`.

    All of them have these `settings`, whatever becomes of their file meanwhile. Returns the exit
    code: 0, `lost`, that of the preparation, or 1. Raises `OSError`.
    """
    with TemporaryFile() as held:
        held.write(settings.encode())
        held.flush()
        supervisor = Supervisor(
            [*command, "--settings", str(held.fileno())],
            workers=server.workers,
            stop_seconds=server.stop_seconds + TO_END,
            lost=lost,
            files=(held.fileno(),),
        )
        return _supervise(supervisor, server)


def _supervise(supervisor: "Supervisor", server: Server) -> int:
    on_stop(supervisor.stop, read_again=supervisor.hang_up)
    if code := supervisor.prepare():
        return code
    family = AF_INET6 if ":" in server.host else AF_INET
    listener = handed_over(os.environ) or create_server(
        (server.host, server.port), family=family, backlog=BACKLOG
    )
    host, port, *_ = listener.getsockname()
    announce("bound", host=host, port=port)
    with shared_by_workers():
        return supervisor.serve(listener)


def taken_over(inherited: tuple[int, int], stop: Callable[[], object]) -> socket:
    """In a worker: the socket to accept from. Calls `stop` when the supervisor is no more."""
    listener, lifeline = inherited
    gevent.spawn(wait_read, lifeline).link(lambda _: stop())
    return socket(fileno=listener)


def handed_over(environ: Mapping[str, str]) -> socket | None:
    """The socket that systemd holds, if it started this process for it (`LISTEN_FDS`).

    Pushes that come while no process accepts wait in it for the next one. Raises `OSError`.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()) or environ.get("LISTEN_FDS") in (None, "0"):
        return None
    held = socket(fileno=FIRST_HANDED_OVER)
    if held.family not in (AF_INET, AF_INET6):
        raise OSError(said("the socket that systemd holds is not one of TCP: see ListenStream="))
    return held


class Supervisor:
    """`workers` processes of `command`, with words of its own added to it.

    `--prepare`: make the database ready and end, before there are workers. `--inherited LISTENER
    LIFELINE`: serve; both are numbers of open files, and the second comes to its end when the
    supervisor does, whatever ended it. `stop_seconds` is how long workers may take to stop, and
    `lost` the exit code of a worker that no other can take the place of. They have `files` open.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        workers: int,
        stop_seconds: float,
        lost: int,
        files: tuple[int, ...] = (),
    ) -> None:
        self._command = list(command)
        self._workers = workers
        self._stop_seconds = stop_seconds
        self._lost = lost
        self._files = files
        self._running: set[Popen[bytes]] = set()
        self._stopping = Event()
        self._exit_code = 0
        self._lifeline, self._held = os.pipe()  # nothing is ever written

    def prepare(self) -> int:
        """Have the database made ready. Returns the exit code: 0, or there is nothing to serve."""
        return self._run(["--prepare"], ())

    def serve(self, listener: socket) -> int:
        """Keep the workers alive until `stop`. Returns the exit code: 0 where all ended cleanly."""
        files = (listener.fileno(), self._lifeline)
        words = ["--inherited", *map(str, files)]
        keepers = [gevent.spawn(self._keep, words, files) for _ in range(self._workers)]
        self._stopping.wait()
        listener.close()
        gevent.joinall(keepers, timeout=self._stop_seconds)
        for process in self._running:
            announce("worker_killed", "error", pid=process.pid, reason=said("it does not stop"))
            process.kill()
        gevent.joinall(keepers)
        return self._exit_code

    def stop(self) -> None:
        """Have every process end, and start no other."""
        self._stopping.set()
        for process in self._running:
            process.terminate()

    def hang_up(self) -> bool:
        """Have every worker read its files again; each tells what it has read."""
        for process in self._running:
            process.send_signal(signal.SIGHUP)
        return True

    def _keep(self, words: list[str], files: tuple[int, ...]) -> None:
        early_deaths = 0
        while not self._stopping.wait(pause_after(early_deaths)):
            began = time.monotonic()
            code = self._run(words, files)
            if self._stopping.is_set():
                self._exit_code = self._exit_code or int(code not in CLEAN)
            elif code == self._lost:
                self._exit_code = code
                self.stop()
            else:
                lived = time.monotonic() - began
                early_deaths = 0 if lived >= A_WHILE else early_deaths + 1
                announce("worker_died", "error", code=code, lived=round(lived, 1))

    def _run(self, words: list[str], files: tuple[int, ...]) -> int:
        try:
            process = Popen(
                [*self._command, *words],
                pass_fds=(*self._files, *files),
                start_new_session=True,
                preexec_fn=_deaf_to_hang_ups,
            )
        except OSError as error:
            announce("worker_not_started", "error", reason=error)
            return 1
        self._running.add(process)
        if self._stopping.is_set():
            process.terminate()
        code = int(process.wait())
        self._running.discard(process)
        return code


def _deaf_to_hang_ups() -> None:
    """Until it listens for them: a worker that is only starting reads its files anyhow."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def pause_after(early_deaths: int) -> float:
    """Seconds before the next start: none at first, ever longer where one after the other dies."""
    if early_deaths < 2:
        return 0.0
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(early_deaths - 2, 10))
