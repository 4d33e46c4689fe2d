"""A part of the background that has a large database checked after an end that was not in order.

To read all of it takes a while, and neither the loop nor a commit may wait: it is done by another
process, `python -m store.check`, after everybody else's work.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, PIPE

from gevent.subprocess import Popen

from settings.announcements import announce
from store import owed_checks, processes
from store.database import Connection, Database
from store.errors import StoreDamaged, StoreError
from store.place import Where
from store.processes import Process

HERE = Path(__file__).resolve().parent.parent
LOOK_EVERY = 60.0  # seconds
SOUND, DAMAGED = 0, 3  # exit codes of the check
LAST_OF_ALL = 19  # niceness


class OwedCheck:
    """Of several processes one does it. `damaged` is told where the database is not sound."""

    name = "checking"
    first_after = 1.0

    def __init__(
        self, db: Database, where: Where, process: Process, damaged: Callable[[StoreError], None]
    ) -> None:
        self._db = db
        self._where = where
        self._process = process
        self._damaged = damaged

    def run_once(self) -> float:
        """Check it where that is owed. Returns the seconds until it is looked at again."""
        try:
            if self._db.read(self._is_owed, at=self._db.clock()):
                self._check()
        except StoreError as error:
            _tell_it_failed(error)
        return LOOK_EVERY

    def _is_owed(self, db: Connection, *, at: float) -> bool:
        return owed_checks.owed(db) is not None and processes.leads(db, self._process, at=at)

    def _check(self) -> None:
        announce("checking_beside_work", path=str(self._where))
        began = time.monotonic()
        code, said = _run_beside([sys.executable, "-m", "store.check", "--db", str(self._where)])
        if code == SOUND:
            self._db.write(owed_checks.done)
            announce("database_sound", took=time.monotonic() - began)
        elif code == DAMAGED:
            self._db.write(owed_checks.owe, "found damaged")
            self._damaged(StoreDamaged(said.removeprefix("check: ")))
        else:
            _tell_it_failed(said or f"the check ended with {code}")


def _tell_it_failed(reason: StoreError | str) -> None:
    announce("not_checked", "error", reason=reason)


def _run_beside(command: list[str]) -> tuple[int, str]:
    """Its exit code and the last line of what it said of an error. It ends when this does."""
    process = Popen(command, cwd=HERE, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, text=True)
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, LAST_OF_ALL)
        said = process.communicate()[1].strip()
        return process.returncode, said.splitlines()[-1] if said else ""
    finally:
        process.kill()
