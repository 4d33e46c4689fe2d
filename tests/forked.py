"""The process that is forked, see `tests.forking`: `python -m tests.forked SOCKET`.

Each message on the socket is what to run, with open files: where its output goes; where it is told
which process it became, and later its exit code; the socket's other end, for what is run to have
others forked; and what these are handed. The end of the socket ends it.
"""

import _socket
import array
import gc
import json
import os
import runpy
import signal
import socket
import sys
from contextlib import suppress

import gevent
from gevent.monkey import get_original

import server  # noqa: F401  and with it all that each server needs; others also need these:
from integrations.speech import decoding, recording  # noqa: F401
from sandbox.phone import sandbox, server_process  # noqa: F401
from service import supervisor
from tests import forking

MOST_FILES = 8  # of one message
# What these start is forked, too: workers of a server, and the server of the sandbox.
for module in (supervisor, server_process):
    setattr(module, "Popen", forking.started_by_server)  # noqa: B010

fork, wait_for = get_original("os", "fork"), get_original("os", "waitpid")
close = get_original("os", "close")  # gevent's puts it off until its loop runs


def main(number: int) -> None:
    """Ends in each of the processes that it becomes, too."""
    gc.freeze()  # what is shared is not touched, so that it stays shared
    control = _socket.socket(fileno=number)
    control.setblocking(True)
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    room = _socket.CMSG_SPACE(MOST_FILES * array.array("i").itemsize)
    while True:
        message, ancillary, *_ = control.recvmsg(200_000, room)
        if not message:
            return
        files = array.array("i", ancillary[0][2])
        log, told, *others = files
        if not fork():
            control.close()
            if became_the_server(log, told, others):
                run(*others, **json.loads(message))
            return
        for file in files:
            close(file)


def reap() -> None:
    """Let the keepers that have ended go."""
    with suppress(ChildProcessError):
        while wait_for(-1, os.WNOHANG)[0]:
            pass


def became_the_server(log: int, told: int, others: list[int]) -> bool:
    """Fork it off, tell which it is and how it ended. True in the server; the keeper ends here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not (pid := fork()):
        close(told)
        for output in (1, 2):
            os.dup2(log, output)
        close(log)
        gevent.reinit()
        return True
    for file in (log, *others):
        close(file)
    os.write(told, b"%12d" % pid)
    _, status = wait_for(pid, 0)
    with suppress(BrokenPipeError):  # whoever wanted to know has ended
        os.write(told, b"%12d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(
    forker: int, *files: int, run: list[str], cwd: str, environ: dict[str, str], handed: list[int]
) -> None:
    """As `python` with these words does. `files` are what is `handed`, by other numbers."""
    forking.INHERITED.append(socket.socket(fileno=forker))
    if handed:
        os.setsid()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        numbers = dict(zip(map(str, handed), map(str, files), strict=True))
        run = [numbers.get(word, word) for word in run]
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    if run[0] == "-c":
        sys.argv = ["-c", *run[2:]]
        exec(compile(run[1], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = run
        runpy.run_path(run[0], run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
