"""What this process does when it is sent a signal: nobody's signal ends it unawares."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import gevent

from settings.announcements import announce
from settings.language import Sentence

TO_STOP = (signal.SIGTERM, signal.SIGINT)
IGNORED = (signal.SIGUSR1, signal.SIGUSR2)
NOTHING_TO_READ = Sentence(
    "no file to be read again is set, and settings are not: stop it by SIGTERM and start it anew"
)


def nothing_to_read() -> bool:
    """What `read_again` is of a process that has no files to read again."""
    return False


def on_stop(
    stop: Callable[[], object], *, read_again: Callable[[], bool] = nothing_to_read
) -> None:
    """Have `stop` called when this process is told to stop, or its terminal is gone.

    SIGHUP has it `read_again` what can be; that returns whether there is anything.
    """
    for signum in TO_STOP:
        gevent.signal_handler(signum, stop)
    gevent.signal_handler(signal.SIGHUP, _on_hang_up, stop, read_again, _on_terminal())
    for signum in IGNORED:
        signal.signal(signum, signal.SIG_IGN)


def leave_ctrl_c_to_the_caller() -> None:
    """Have `KeyboardInterrupt` raised without gevent printing where it came."""
    hub: Any = gevent.get_hub()
    hub.NOT_ERROR = (*hub.NOT_ERROR, KeyboardInterrupt)


def _on_hang_up(
    stop: Callable[[], object], read_again: Callable[[], bool], began_on_terminal: bool
) -> None:
    if began_on_terminal and not _on_terminal():
        stop()
    elif not read_again():
        reason = str(NOTHING_TO_READ)
        announce("signal_ignored", "warning", signal="SIGHUP", reason=reason)


def _on_terminal() -> bool:
    """Whether somebody may be looking at the log; not so any more where the terminal was closed."""
    return bool(sys.stderr) and os.isatty(sys.stderr.fileno())
