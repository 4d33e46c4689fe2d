"""Few open files: what there is room for is shared out, and a try finds room among idle ones."""

import resource
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from gevent.pool import Pool

from service.open_files import OTHERS, raised, share
from settings.schema import Limits
from tests.service.processes import Service

IDLE = 500  # more than there is room for


def test_with_enough_files_the_limits_are_as_they_are_set() -> None:
    for files in (-1, 5221, 1_000_000):
        assert share(Limits(), files).fewer == {}
    assert share(Limits(), 5000).fewer


@pytest.mark.parametrize("files", [10, 64, 100, 256, 1024, 4096])
def test_what_is_shared_out_is_no_more_than_there_is(files: int) -> None:
    shared = share(Limits(), files)
    calls = shared.fewer["model_calls"] + 3 * shared.fewer["speech_calls"]
    assert shared.places + calls <= max(files - OTHERS, 20)
    assert min(shared.fewer.values()) > 0
    assert shared.fewer["open_tries"] < shared.places
    assert shared.wanted == 5220


@pytest.mark.parametrize("files", [64, 1024])
def test_tries_are_answered_among_many_idle_connections(tmp_path: Path, files: int) -> None:
    if 0 <= raised() < files + 2 * IDLE:
        pytest.skip(f"this process may open {resource.getrlimit(resource.RLIMIT_NOFILE)[1]} files")
    service = Service(tmp_path)
    service.model.always(text="听见了。")
    service.start_with_files(files)
    idle = []
    for _ in range(files + IDLE):
        with suppress(OSError):  # cut already
            idle.append(socket.create_connection(("127.0.0.1", service.server.port), 5))
    at_once = Pool(files // 8)  # more of them are told that it is too busy
    asking = [at_once.spawn(service.say, "在吗", f"o-{n}") for n in range(100)]
    assert {asked.get().seen for asked in asking} == {"听见了。"}
    for one in idle:
        one.close()
    service.stop()
    [told] = service.said("event=few_files")
    assert f"limit={files} " in told
    assert "raise the limit of open files to" in told
    assert not service.said("event=fault")
