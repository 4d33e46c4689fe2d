"""What the process does when it is told to stop, and when it is sent anything else."""

import os
import pty
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from sandbox.follower import Fate
from tests.forking import Forked
from tests.service.processes import PATIENCE, Service, until


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.stop()


@pytest.mark.parametrize("workers", [1, 2])
def test_other_signals_end_nothing_and_a_hang_up_is_told_of(tmp_path: Path, workers: int) -> None:
    service = Service(tmp_path, workers=workers)
    service.model.always(text="还在。")
    service.start()
    for signum in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        service.send(signum)
    until(lambda: service.said("event=signal_ignored signal=SIGHUP"))
    assert service.say("在吗").seen == "还在。"
    assert service.end() == 0
    service.stop()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hang_up_has_each_process_read_its_files_again(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "replies.yml"
    path.write_text("- {words: 价格, text: 十元}\n", encoding="utf-8")
    service = Service(tmp_path, workers=workers, replies_file=str(path))
    service.start()
    until(lambda: len(service.said("event=listening")) == workers)
    assert service.say("价格").seen == "十元"
    path.write_text("- {words: 价格, text: 八元}\n", encoding="utf-8")
    service.send(signal.SIGHUP)
    until(lambda: len(service.said("event=reread")) >= workers)
    assert service.say("价格").seen == "八元"
    path.write_text("- {words: 价格}\n", encoding="utf-8")
    service.send(signal.SIGHUP)
    until(lambda: len(service.said("event=not_reread")) >= workers)
    assert service.say("价格").seen == "八元"
    assert service.end() == 0
    assert not service.said("event=worker_died")
    service.stop()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_does_not_start_with_a_bad_file(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "replies.yml"
    path.write_text("- {words: 价格}\n- {text: x}\n", encoding="utf-8")
    service = Service(tmp_path, workers=workers, replies_file=str(path))
    with service.server.log.open("wb") as out:
        service.process = Forked(*service.server.command, log=out)
    assert service.process.wait(PATIENCE) == 2
    assert [line.split(":")[1] for line in service.said(str(path))] == ["1", "2"]
    service.stop()


def test_a_server_whose_terminal_is_closed_stops_in_order(service: Service) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(os.dup(theirs), "wb") as terminal:
        service.process = Forked(*service.server.command, log=terminal)
    said = b""
    while b"event=listening" not in said:
        said += os.read(ours, 65536)
    os.close(ours)
    until(lambda: not os.isatty(theirs))
    service.send(signal.SIGHUP)
    assert service.process.wait(PATIENCE) == 0
    os.close(theirs)


def test_nobody_is_refused_before_the_process_has_ended(service: Service) -> None:
    service.model.always(text="还来得及。", after=0.4)
    service.start()
    asked = gevent.spawn(service.say, "问")
    until(lambda: service.model.asked)
    service.send(signal.SIGTERM)
    gevent.sleep(0.1)
    came_later = gevent.spawn(service.say, "也问", "o-later")
    assert asked.get().seen == came_later.get().seen == "还来得及。"
    assert len(came_later.get().tries) == 1
    assert service.process.wait(PATIENCE) == 0


def test_what_comes_between_two_processes_waits_in_the_socket_that_systemd_holds(
    service: Service,
) -> None:
    service.model.always(text="好。", after=0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=500) as held:
        service.start_as_if_by_systemd(held)
        talks = [gevent.spawn(talk, service, f"o-{n}") for n in range(20)]
        gevent.sleep(0.4)
        assert service.end() == 0
        service.start_by_systemd(held)
        fates = [fate for talking in talks for fate in talking.get()]
        service.end()
    assert {fate.seen for fate in fates} == {"好。"}
    assert not any(one.result == "refused" for fate in fates for one in fate.tries)
    assert len({question for question in service.model.questions}) == len(fates)


def talk(service: Service, open_id: str) -> list[Fate]:
    said = []
    for number in range(3):
        said.append(service.say(f"{open_id} {number}", open_id))
        gevent.sleep(0.3)
    return said
