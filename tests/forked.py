"""The process that is forked, see `tests.forking`: `python -m tests.forked LISTENER KIND`.

`server` has imported what each server needs, `command` what commands have in common, `follower`
what the sandbox's needs. Each message of a connection is what to run, with open files: where its
output goes, and its errors; where it is told which process it became, and later its exit code; the
connection's other end, for what is run to have others forked; and what these are handed. It ends
with the last of its connections.
"""

import _socket
import array
import atexit
import gc
import json
import os
import runpy
import select
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

# Before gevent's are in their place: its `close`, for one, is put off until its loop runs.
fork, wait_for, close, wait_to_read = os.fork, os.waitpid, os.close, select.select

BEFORE = "HUIXIN_TESTS_BEFORE"  # of the environment: a program that is run first
MOST_FILES = 8  # of one message


def main(number: int, kind: str) -> None:
    """Ends in each of the processes that it becomes, too."""
    PREPARE[kind]()
    gc.freeze()  # what is shared is not touched, so that it stays shared
    signal.signal(signal.SIGCHLD, lambda *_: reap())
    listener = _socket.socket(fileno=number)
    listener.setblocking(True)
    connections: list[_socket.socket] = []
    while True:
        for ready in wait_to_read([listener, *connections], [], [])[0]:
            if ready is listener:
                connections.append(_socket.socket(fileno=accepted(listener)))
                continue
            message, files = received(ready)
            if not message:
                ready.close()
                connections.remove(ready)
                if connections:
                    continue
                return
            out, err, told, forker, *handed = files
            if not fork():
                for one in (listener, *connections):
                    one.close()
                if became_another((out, err), told, (forker, *handed)):
                    if kind == "server":
                        begin_anew(forker)
                    run(handed, **json.loads(message))
                return
            for file in files:
                close(file)


def accepted(listener: _socket.socket) -> int:
    """The number of a new connection."""
    number: int = listener._accept()[0]  # type: ignore[attr-defined]
    return number


def received(connection: _socket.socket) -> tuple[bytes, list[int]]:
    """The next message and its files; nothing where whoever sent some has ended."""
    room = _socket.CMSG_SPACE(MOST_FILES * array.array("i").itemsize)
    try:
        message, ancillary, *_ = connection.recvmsg(200_000, room)
    except ConnectionResetError:
        return b"", []
    return message, list(array.array("i", ancillary[0][2])) if ancillary else []


def reap() -> None:
    """Let the keepers that have ended go."""
    with suppress(ChildProcessError):
        while wait_for(-1, os.WNOHANG)[0]:
            pass


def became_another(outputs: tuple[int, int], told: int, others: Sequence[int]) -> bool:
    """Fork it off, tell which it is and how it ended. True in it; its keeper ends here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not (pid := fork()):
        close(told)
        for number, output in enumerate(outputs, 1):
            os.dup2(output, number)
            close(output)
        return True
    for file in (*outputs, *others):
        close(file)
    os.write(told, b"%12d" % pid)
    _, status = wait_for(pid, 0)
    with suppress(BrokenPipeError):  # whoever wanted to know has ended
        os.write(told, b"%12d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(
    handed_here: Sequence[int],
    *,
    run: list[str],
    cwd: str,
    environ: dict[str, str],
    handed: list[int],
) -> None:
    """As `python` with these words does. What is `handed` has other numbers here."""
    if handed:
        os.setsid()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        numbers = dict(zip(map(str, handed), map(str, handed_here), strict=True))
        run = [numbers.get(word, word) for word in run]
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    exec(environ.get(BEFORE, ""), {})
    if run[0] == "-c":
        sys.argv = ["-c", *run[2:]]
        exec(compile(run[1], "<string>", "exec"), {"__name__": "__main__"})
        return
    try:
        if run[0] == "-m":
            sys.argv = run[1:]
            runpy.run_module(run[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = run
            runpy.run_path(run[0], run_name="__main__")
    except SystemExit as ended:
        if isinstance(ended.code, int):
            end(ended.code)
        raise


def end(code: int) -> NoReturn:
    """As Python ends, but for taking apart all that was imported, which takes as long as to run."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def as_server() -> None:
    """What it starts is forked, too: workers of a server, and the server of the sandbox."""
    import server  # noqa: F401  and with it all that each server needs; others also need these:
    import store.postgresql.database
    import store.sqlite.database  # noqa: F401
    from fsm.commands.table import Commands
    from fsm.offer import Offer
    from integrations.speech import decoding, recording  # noqa: F401
    from sandbox.phone import sandbox, server_process  # noqa: F401
    from service import supervisor
    from settings.schema import Secret, Settings, WeChat
    from tests import forking

    settings = Settings(wechat=WeChat(token=Secret("-")))
    Commands(Offer.of(settings))  # their patterns are compiled once
    for module in (supervisor, server_process):
        setattr(module, "Popen", forking.started_by_server)  # noqa: B010


def begin_anew(forker: int) -> None:
    """In what was forked of a server's kind."""
    import socket

    import gevent

    from tests import forking

    gevent.reinit()
    forking.INHERITED.append(socket.socket(fileno=forker))


def as_command() -> None:
    """Of theirs, only what each imports: they start without the server's libraries."""
    import console.backup
    import console.check
    import console.inspect  # noqa: F401


def as_follower() -> None:
    """What `sandbox.wechat` imports, with nothing patched."""
    import yaml  # noqa: F401

    import sandbox.follower  # noqa: F401


PREPARE = {"server": as_server, "command": as_command, "follower": as_follower}

if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
