"""A connection is watched for the length of its request and not a moment longer.

libev aborts the whole process where a watcher is still active on a descriptor that was closed.
"""

import gc
import socket
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest

from service.http.connection import CONNECTION, Environ, HttpConnection, silent_on_demand
from service.http.listener import Listener
from tests.forking import ran

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
App = Callable[[Environ, Any], Iterable[bytes]]


@contextmanager
def serving(application: App) -> Iterator[Listener]:
    listener = Listener(("127.0.0.1", 0), silent_on_demand(application), places=100)
    listener.start()
    try:
        yield listener
    finally:
        listener.stop(timeout=0)


def sent(listener: Listener) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", listener.server_port))
    connection.sendall(REQUEST)
    connection.settimeout(5)
    return connection


def watching(line: HttpConnection) -> bool:
    return line._watcher is not None


def test_to_listen_no_name_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(gevent.socket, "getfqdn", asked.append)
    with serving(lambda environ, start_response: []):
        assert asked == []


def test_an_application_that_fails_unforeseen_leaves_no_watcher_behind() -> None:
    lines: list[HttpConnection] = []

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        lines.append(environ[CONNECTION].watch())
        raise RuntimeError("unforeseen")

    with serving(application) as listener, sent(listener) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 500")
    assert not watching(lines[0])


def test_a_request_that_is_killed_leaves_no_watcher_behind() -> None:
    lines: list[HttpConnection] = []
    begun = gevent.event.Event()

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        lines.append(environ[CONNECTION].watch())
        begun.set()
        gevent.sleep(60)
        return []

    with serving(application) as listener, sent(listener):
        begun.wait()
        assert watching(lines[0])
        listener.places.kill()
        assert not watching(lines[0])


def test_a_reply_that_cannot_be_written_leaves_no_watcher_behind() -> None:
    lines: list[HttpConnection] = []
    hung_up, ended = gevent.event.Event(), gevent.event.Event()

    class Body(list[bytes]):
        def close(self) -> None:
            ended.set()

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        lines.append(environ[CONNECTION].watch())
        lines[0].on_hang_up(hung_up)
        hung_up.wait()
        start_response("200 OK", [("Content-Length", str(20_000_000))])
        return Body([b"x" * 10_000_000] * 2)

    with serving(application) as listener:
        sent(listener).close()
        assert ended.wait(5)
        gevent.sleep(0)
    assert not lines[0].open
    assert not watching(lines[0])


def test_who_has_hung_up_is_not_there_though_the_loop_had_no_time_to_tell() -> None:
    found: list[bool] = []
    ended = gevent.event.Event()

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        line = environ[CONNECTION].watch()
        found.append(line.open)
        client.close()  # and nobody else has a turn before one asks
        found.append(line.open)
        ended.set()
        return []

    with serving(application) as listener:
        client = sent(listener)
        assert ended.wait(5)
    assert found == [True, False]


def test_a_connection_that_has_ended_leaves_nothing_to_the_garbage_collector() -> None:
    """Thousands of them were there, with all they held, until it looked through everything."""
    lines: list[weakref.ref[HttpConnection]] = []

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        lines.append(weakref.ref(environ[CONNECTION].watch()))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    with serving(application) as listener:
        gc.disable()
        try:
            with sent(listener) as connection:
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
            listener.places.join()
        finally:
            gc.enable()
        assert [line() for line in lines] == [None]


@pytest.mark.parametrize("way", ["fails", "is answered"])
def test_the_process_outlives_hundreds_of_odd_connections(way: str) -> None:
    """In a process of its own: what would fail ends it."""
    done = ran("-c", HUNDREDS, way, kind="server")
    assert done.returncode == 0, done.stderr[-300:]
    assert done.stdout.strip() == "served 200"


# Connections come and go beside a loaded core, so that descriptors are used again at once.
HUNDREDS = """
from gevent import monkey
monkey.patch_all()
import logging, socket, sys, time
import gevent
from service.http.connection import CONNECTION, silent_on_demand
from service.http.listener import Listener
gevent.get_hub().print_exception = lambda *_: None
served = 0

def application(environ, start_response):
    global served
    served += 1
    environ[CONNECTION].watch()
    gevent.sleep(0)
    if sys.argv[1] == "fails":
        raise RuntimeError
    start_response("200 OK", [("Content-Length", "2"), ("Connection", "close")])
    return [b"ok"]

def load():
    while True:
        until = time.perf_counter() + 0.0005
        while time.perf_counter() < until:
            pass
        gevent.sleep(0)

def odd_ones(url):
    for number in range(10):
        with socket.create_connection(url) as connection:
            connection.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n")
            if number % 2:
                connection.recv(100)

listener = Listener(("127.0.0.1", 0), silent_on_demand(application), places=1000)
listener.start()
gevent.spawn(load)
gevent.joinall([gevent.spawn(odd_ones, ("127.0.0.1", listener.server_port)) for _ in range(20)])
while served < 200:
    gevent.sleep(0.01)
print("served", served)
"""
