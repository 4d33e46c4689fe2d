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

from tests.conftest import ROOT
from tests.forking import ran

Ran = tuple[int, str, str]


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


def on_terminal(path: Path, *words: str, columns: int, stop_after: bytes = b"") -> tuple[int, str]:
    """What a command writes on a terminal so wide, and its exit code."""
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (24, columns))
    environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        command(path, *words), cwd=ROOT, stdin=its, stdout=its, env={**environ, "TERM": "xterm"}
    ) as process:
        os.close(its)
        out = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            # Waited for with `select`, so that the loop goes on and `its` is really closed.
            while select.select([ours], [], [], 30)[0] and (piece := os.read(ours, 65536)):
                out += piece
                if stop_after and stop_after in out:
                    process.send_signal(signal.SIGINT)
                    stop_after = b""
    os.close(ours)
    return process.returncode, out.decode().replace("\r\n", "\n")
