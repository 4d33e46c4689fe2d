"""The process that is forked, see `tests.forking`: `python -m tests.forked SOCKET`.

Each message on the socket is what to run, with two open files: where its output goes, and where it
is told which process it became, and later its exit code. The end of the socket ends it.
"""

import _socket
import array
import gc
import json
import os
import runpy
import signal
import sys
from contextlib import suppress

import gevent
from gevent.monkey import get_original

import server  # noqa: F401  and with it all that each server needs; others also need these:
from integrations.speech import decoding, recording  # noqa: F401
from sandbox.phone import sandbox  # noqa: F401

fork, wait_for = get_original("os", "fork"), get_original("os", "waitpid")


def main(number: int) -> None:
    """Ends in each of the processes that it becomes, too."""
    gc.freeze()  # what is shared is not touched, so that it stays shared
    control = _socket.socket(fileno=number)
    control.setblocking(True)
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    files = array.array("i", [0, 0])
    room = _socket.CMSG_SPACE(len(files) * files.itemsize)
    while True:
        message, ancillary, *_ = control.recvmsg(200_000, room)
        if not message:
            return
        files.frombytes(ancillary[0][2])
        log, told = files[-2:]
        if not fork():
            control.close()
            if became_the_server(log, told):
                run(**json.loads(message))
            return
        os.close(log)
        os.close(told)


def reap() -> None:
    """Let the keepers that have ended go."""
    with suppress(ChildProcessError):
        while wait_for(-1, os.WNOHANG)[0]:
            pass


def became_the_server(log: int, told: int) -> bool:
    """Fork it off, tell which it is and how it ended. True in the server; the keeper ends here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not (pid := fork()):
        os.close(told)
        for output in (1, 2):
            os.dup2(log, output)
        os.close(log)
        gevent.reinit()
        return True
    os.close(log)
    os.write(told, b"%12d" % pid)
    _, status = wait_for(pid, 0)
    os.write(told, b"%12d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(run: list[str], cwd: str, environ: dict[str, str]) -> None:
    """As `python` with these words does."""
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
