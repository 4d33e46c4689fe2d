"""Several workers on one port: whoever of them dies, no push is refused and no question lost."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import gevent
import pytest

from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from service import supervisor
from service.supervisor import FIRST_PAUSE, LONGEST_PAUSE, Supervisor, pause_after
from tests.chaos.processes import TOKEN, ServerProcess

PATIENCE = 30.0  # seconds for what takes one or two


def until(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        gevent.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether it runs: one that has ended, and nobody has asked how, does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def process_of(line: str) -> int:
    return int(line.partition(" process=")[2].split()[0])


class Served:
    """`server.py` with two workers, the model in this process, and followers."""

    def __init__(self, folder: Path) -> None:
        self.model = ModelStandIn()
        self.model.start()
        self.server = ServerProcess(folder, "server", urlsplit(self.model.url).port or 0, workers=2)
        self.server.start()
        assert self.server.process
        self.process = self.server.process

    def said(self, words: str) -> list[str]:
        """The lines of the log with these words."""
        lines = self.server.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if words in line]

    def workers(self) -> list[int]:
        """Those that have begun to accept, and live."""
        lines = self.said("event=listening")
        began = [process_of(line) for line in lines]
        return [pid for pid in began if alive(pid)]

    def both_serve(self) -> bool:
        return len(self.workers()) == 2

    def until_asked(self, times: int) -> None:
        until(lambda: len(self.model.asked) >= times)

    def say(self, words: str, open_id: str = "o-one", msg_id: str | None = None) -> str:
        return Follower(self.server.url, TOKEN, open_id=open_id).say(words, msg_id=msg_id).seen

    def end(self, signum: int) -> int:
        self.process.send_signal(signum)
        return self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.server.stop()
        self.model.stop()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    served = Served(folder)
    try:
        until(served.both_serve)
        yield served
    finally:
        served.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that leave it as it was: it is four processes."""
    with serving(tmp_path_factory.mktemp("lasting")) as served:
        yield served


def free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_both_workers_get_a_share_of_what_comes(lasting: Served) -> None:
    lasting.model.always(text="好。", after=0.3)
    received, asked = len(lasting.said("event=received")), len(lasting.model.asked)
    saying = [gevent.spawn(lasting.say, f"{n}", open_id=f"o-{n}") for n in range(60)]
    assert {said.get() for said in saying} == {"好。"}
    by = [process_of(line) for line in lasting.said("event=received")[received:]]
    assert set(by) == set(lasting.workers())
    assert len(by) == len(lasting.model.asked) - asked == 60


def test_a_killed_worker_is_replaced_and_no_question_is_lost(lasting: Served) -> None:
    lasting.model.always(text="好。", after=0.4)
    for round_ in range(2):
        asked = len(lasting.model.asked)
        asking = [gevent.spawn(lasting.say, f"{n}", open_id=f"o-{round_}-{n}") for n in range(10)]
        lasting.until_asked(asked + 10)
        killed = lasting.workers()[0]
        os.kill(killed, signal.SIGKILL)
        assert {one.get() for one in asking} == {"好。"}, "by the other one, or the next"
        until(lasting.both_serve)
        assert killed not in lasting.workers()


def test_while_no_worker_lives_a_push_waits_instead_of_being_refused(lasting: Served) -> None:
    lasting.model.always(text="好。")
    for pid in lasting.workers():
        os.kill(pid, signal.SIGKILL)
    assert lasting.say("问", open_id="o-waits") == "好。"
    until(lasting.both_serve)


def test_a_settings_file_that_is_spoilt_meanwhile_keeps_no_worker_from_being_replaced(
    served: Served,
) -> None:
    """All workers have the same settings: others take a restart."""
    served.model.always(text="好。")
    served.server.spoil_settings()
    for pid in served.workers():
        os.kill(pid, signal.SIGKILL)
    until(served.both_serve)
    assert served.say("问") == "好。"
    assert served.end(signal.SIGTERM) == 0
    served.server.start()
    assert served.server.process
    assert served.server.process.wait(PATIENCE) == 2


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_open_tries_end_and_leaves_nothing_behind(
    served: Served, signum: signal.Signals
) -> None:
    served.model.always(text="还来得及。", after=0.4)
    workers = served.workers()
    asked = gevent.spawn(served.say, "问")
    until(lambda: served.model.asked)
    assert served.end(signum) == 0
    assert asked.get() == "还来得及。"
    assert not any(map(alive, workers))
    assert len(served.said("event=stopped")) == 2
    assert free(served.server.port)


@pytest.mark.usefixtures("brisk_processes")
def test_workers_that_lost_their_database_take_the_whole_server_with_them(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        database = served.server.folder / "chaos.db"
        database.unlink()
        assert served.process.wait(PATIENCE) == 3
        assert served.said("event=database_gone")
        assert not database.exists(), "nobody began a new one"


def test_a_port_that_is_taken_is_said_and_nothing_runs_on(tmp_path: Path, lasting: Served) -> None:
    second = ServerProcess(tmp_path, "second", 9, workers=2, port=lasting.server.port)
    second.start()
    assert second.process
    assert second.process.wait(PATIENCE) == 1
    assert "event=not_started" in second.log.read_text(encoding="utf-8")
    assert lasting.both_serve()


def test_a_worker_is_replaced_at_once_and_ever_later_when_one_after_the_other_dies() -> None:
    pauses = [pause_after(early_deaths) for early_deaths in range(100)]
    assert pauses[:5] == [0.0, 0.0, 0.5, 1.0, 2.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


class Stubs:
    """A supervisor of small programs, which write down when they began."""

    def __init__(self, folder: Path, program: str, stop_seconds: float = 20.0) -> None:
        self.began = folder / "began"
        self.began.touch()
        begin = f"print(time.monotonic(), file=open({str(self.began)!r}, 'a')); "
        command = [sys.executable, "-c", "import signal, sys, time; " + begin + program]
        self.supervisor = Supervisor(command, workers=1, stop_seconds=stop_seconds, lost=3)
        self.serving = gevent.spawn(self.supervisor.serve, socket.create_server(("127.0.0.1", 0)))

    @property
    def starts(self) -> list[float]:
        return [float(line) for line in self.began.read_text(encoding="ascii").splitlines()]

    def end(self) -> int:
        self.supervisor.stop()
        code: int = self.serving.get(timeout=PATIENCE)
        return code


def test_a_worker_that_dies_at_once_is_not_started_over_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "A_WHILE", PATIENCE)  # it dies at once, however slow that is
    stubs = Stubs(tmp_path, "sys.exit(7)")
    until(lambda: sum("event=worker_died" in line for line in caplog.messages) == 3)
    _, second, third = stubs.starts
    assert third - second >= FIRST_PAUSE
    assert stubs.end() == 0, "nothing had to be killed"


def test_a_worker_that_does_not_stop_is_killed_and_the_exit_code_says_so(tmp_path: Path) -> None:
    told = tmp_path / "deaf"
    deaf = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(told)!r}, 'w'); "
    stubs = Stubs(tmp_path, deaf + "time.sleep(600)", stop_seconds=0.2)
    until(told.exists)
    assert stubs.end() == 1


def test_what_no_other_worker_can_mend_ends_the_supervisor(tmp_path: Path) -> None:
    stubs = Stubs(tmp_path, "sys.exit(3)")
    code: int = stubs.serving.get(timeout=PATIENCE)
    assert (code, len(stubs.starts)) == (3, 1)
