"""Nobody reads the server's log: followers are answered all the same, and it stops in order."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest
from gevent.socket import wait_read

from tests.chaos.processes import wait_until_it_listens
from tests.conftest import ROOT
from tests.forked import BEFORE
from tests.forking import Forked
from tests.service.processes import PATIENCE, Service

SMALL = 4096  # bytes that the pipe holds: some twenty lines
KEPT = 20  # lines that wait
WITH_FEW_LINES = f"""
import runpy, sys
from settings.log.writer import LogWriter
LogWriter.__init__.__kwdefaults__["most"] = {KEPT}
sys.path.insert(0, "")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
WITH_LITTLE_PATIENCE = "from settings.log import lines; lines.TO_END = 0.2"


class Unread(Service):
    """Its log is a pipe, of which only `read` reads."""

    def start_with(self, *python: str) -> None:
        ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, SMALL)
        with os.fdopen(theirs, "wb") as log:
            self.process = Forked(*python, *self.server.command, log=log)
        self.log = ours

    def read(self, until: str | None = None) -> str:
        """What it has written, up to words, or to its end."""
        read = b""
        with gevent.Timeout(PATIENCE):
            while until is None or until.encode() not in read:
                wait_read(self.log)
                more = os.read(self.log, 65536)
                if not more:
                    break
                read += more
        return read.decode()


@contextmanager
def unread(folder: Path, *, workers: int = 1) -> Iterator[Unread]:
    service = Unread(folder, workers=workers)
    service.model.always(text="我在。")
    yield service
    service.stop()
    os.close(service.log)


def is_asked(service: Unread, times: int) -> None:
    """Each question is about six lines."""
    for number in range(times):
        assert service.say("在吗", f"o-{number}").seen == "我在。"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_whose_log_nobody_reads_answers_and_stops(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BEFORE, WITH_LITTLE_PATIENCE)
    with unread(tmp_path, workers=workers) as service:
        service.start_with()
        service.read("event=listening")
        is_asked(service, 12 * workers)
        assert service.end() == 0


def test_a_server_that_is_given_nothing_to_write_to_answers_and_stops(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.model.always(text="我在。")
    without = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable]
    service.process = subprocess.Popen([*without, *service.server.command], cwd=ROOT)
    wait_until_it_listens(service.server.port)
    assert service.say("在吗").seen == "我在。"
    assert service.end() == 0
    service.stop()


def test_when_somebody_reads_again_the_number_of_lines_that_were_dropped_is_told(
    tmp_path: Path,
) -> None:
    with unread(tmp_path) as service:
        service.start_with("-c", WITH_FEW_LINES)
        service.read("event=listening")
        is_asked(service, 20)
        reading = gevent.spawn(service.read)
        assert service.end() == 0
        lines = reading.get().splitlines()
    assert all(re.match(r"time=\S+ level=\w+ event=", line) for line in lines[1:])
    # Whatever it still wrote when somebody began to read may have been dropped apart from the rest.
    told, *_ = [line for line in lines if "event=log_dropped" in line]
    assert "level=warning" in told
    assert int(told.partition("lines=")[2]) > 0
    assert len(lines) - lines.index(told) > KEPT, "what came last is kept"
    assert "event=stopped" in lines[-1]
