"""`python -m store.inspect` as an operator runs it: in a process of its own, or on a terminal."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import termios
import unicodedata
from pathlib import Path
from tempfile import TemporaryFile

from tests.forking import Forked, ran

# With a terminal of this number for its input.
ASKED_AT = """
import os, runpy, sys
os.dup2(int(sys.argv[1]), 0)
sys.stdin = open(0)
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
Ran = tuple[int, str, str]
# With the terminal of its output for its input, too; forked, Python takes its output for a file.
ON_ITS_TERMINAL = """
import os, runpy, sys
os.dup2(1, 0)
sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def command(path: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "store.inspect", "--db", str(path), *words]


def run(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return ran(*command(path, *words)[1:])


def rows(table: str) -> list[str]:
    return table.splitlines()


WICKED = "a\x1b[31mb\r\nc\u202ed\x9b2Je[red]f\u2028g\x00h\U000e0041i:smile:"


def obeyed(text: str) -> set[str]:
    """The characters that a terminal might obey, but for the ends of our own lines."""
    bad = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {c for c in text if unicodedata.category(c) in bad and c not in "\n\u200c\u200d"}


def answered(typed: str, path: Path, *words: str) -> Ran:
    """Where somebody at a terminal types this: exit code, standard output and error."""
    ours, its = os.openpty()
    with TemporaryFile() as out, TemporaryFile() as err:
        run = ["-c", ASKED_AT, str(its), *command(path, *words)[2:]]
        process = Forked(*run, log=out, errors=err, handed=[its], kind="command")
        os.write(ours, typed.encode())
        code = process.wait(30)
        out.seek(0)
        err.seek(0)
        said, asked = out.read().decode(), err.read().decode()
    os.close(ours)
    os.close(its)
    return code, said, asked


def on_terminal(path: Path, *words: str, columns: int, stop_after: bytes = b"") -> tuple[int, str]:
    """What a command writes on a terminal so wide, and its exit code."""
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (24, columns))
    environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    run = ["-c", ON_ITS_TERMINAL, *command(path, *words)[2:]]
    with os.fdopen(its, "wb", 0) as terminal:
        process = Forked(*run, log=terminal, environ={**environ, "TERM": "xterm"}, kind="command")
    out = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        # Waited for with `select`, so that the loop goes on and `its` is really closed.
        while select.select([ours], [], [], 30)[0] and (piece := os.read(ours, 65536)):
            out += piece
            if stop_after and stop_after in out:
                process.send_signal(signal.SIGINT)
                stop_after = b""
    os.close(ours)
    return process.wait(30), out.decode().replace("\r\n", "\n")
