"""Where the port cannot be had, the log says what to do."""

import errno
import socket

import pytest

from service.port import cure


def bound(host: str, port: int = 0) -> OSError:
    """What is raised where nobody can listen there."""
    with pytest.raises(OSError) as refused, socket.create_server((host, port)):
        pass
    return refused.value


def test_a_port_that_is_taken_asks_for_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "another port" in cure(bound("127.0.0.1", taken.getsockname()[1]))


def test_an_address_of_another_machine_is_told_as_that() -> None:
    assert "no address of this machine" in cure(bound("192.0.2.1"))


def test_a_host_that_is_no_address_is_told_as_that() -> None:
    assert "neither an address nor a name" in cure(bound("no.such.host.invalid."))


def test_a_port_below_1024_without_the_right_names_the_ways_out() -> None:
    told = cure(PermissionError(errno.EACCES, "Permission denied: ('0.0.0.0', 80)"))
    assert all(way in told for way in ("--port", "proxy", "systemd", "setcap"))


def test_other_errors_get_no_advice() -> None:
    assert cure(OSError(errno.ENOSPC, "no space")) == cure(ValueError()) == ""


def test_a_file_that_may_not_be_read_is_no_port() -> None:
    assert cure(PermissionError(errno.EACCES, "Permission denied", "/root/huixin.db-wal")) == ""
