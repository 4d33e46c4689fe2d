"""Behind nginx and Caddy as `deploy/` has them: no answer but Huixin's own reaches WeChat."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from sandbox.follower import Follower
from tests.chaos.processes import TOKEN
from tests.deploy.proxies import PROXIES, SITES, in_front
from tests.service.processes import PATIENCE, Service, until

each_proxy = pytest.mark.parametrize("proxy", sorted(PROXIES))
each_site = pytest.mark.parametrize("proxy", sorted(SITES))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    service.start()
    yield service
    service.stop()


def follower(port: int, **how: Any) -> Follower:
    return Follower(f"http://127.0.0.1:{port}/wechat", TOKEN, open_id="o-secret", **how)


class Echo:
    """A server that says what reached it."""

    def __init__(self) -> None:
        self._server = WSGIServer(("127.0.0.1", 0), self._say, log=None)
        self._server.start()
        self.port = self._server.server_port or 0

    def _say(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [json.dumps({k: v for k, v in environ.items() if k.startswith("HTTP_")}).encode()]

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.stop()


def read_to_end(port: int, sent: bytes) -> bytes:
    """All that comes back until the connection is closed."""
    with closing(socket.create_connection(("127.0.0.1", port), 20)) as connection:
        connection.sendall(sent)
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got


HEAD = b"POST /wechat?openid=o-secret HTTP/1.1\r\nHost: wechat.example.com\r\n"
POST = HEAD + b"Content-Length: 1\r\n\r\nx"


@each_proxy
def test_a_server_killed_in_mid_try_closes_the_connection_and_the_next_try_is_answered(
    tmp_path: Path, service: Service, proxy: str
) -> None:
    service.model.will(text="太晚了。", after=60)
    serves = Event()
    serves.set()
    with in_front(proxy, tmp_path, service.server.port) as port:
        asking = follower(port, on_begin=lambda number: serves.wait(PATIENCE))
        saying = gevent.spawn(asking.say, "问")
        until(lambda: service.model.asked)
        service.model.always(text="好。")
        serves.clear()
        service.end(signal.SIGKILL)
        service.start()
        serves.set()
        fate = saying.get(timeout=PATIENCE)
    assert fate.seen == "好。"
    first = fate.tries[0]
    assert (first.result, first.status) == ("dropped", None), "no page of the proxy's own"


@each_site
def test_where_nobody_listens_the_connection_is_closed_without_a_byte(
    tmp_path: Path, echo: Echo, proxy: str
) -> None:
    echo.stop()
    with in_front(proxy, tmp_path, echo.port) as port:
        assert read_to_end(port, POST) == b""
        logs = b"".join(path.read_bytes() for path in tmp_path.glob("*.log"))
    assert b"o-secret" not in logs, "nor is the follower named in a log"


@each_proxy
def test_where_the_server_closes_without_an_answer_so_does_the_proxy(
    tmp_path: Path, proxy: str
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:

        def take_and_close() -> None:
            connection, _ = silent.accept()
            connection.recv(65536)
            connection.close()

        taking = gevent.spawn(take_and_close)
        with in_front(proxy, tmp_path, silent.getsockname()[1]) as port:
            assert read_to_end(port, POST) == b""
        taking.join()


@each_proxy
def test_who_calls_is_told_anew_whatever_a_client_says_of_itself(
    tmp_path: Path, echo: Echo, proxy: str
) -> None:
    with in_front(proxy, tmp_path, echo.port) as port:
        forged = {"X-Forwarded-For": "101.226.103.61", "Host": "wechat.example.com"}
        got = requests.get(f"http://127.0.0.1:{port}/wechat", headers=forged, timeout=20).json()
    assert got["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"


@each_site
def test_a_last_slash_in_the_consoles_url_is_passed_on_too(
    tmp_path: Path, echo: Echo, proxy: str
) -> None:
    with in_front(proxy, tmp_path, echo.port) as port:
        address = f"http://127.0.0.1:{port}/wechat/"
        assert requests.get(address, headers={"Host": "wechat.example.com"}, timeout=20).ok


@each_proxy
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/wechat/more", "//healthz"])
def test_nothing_but_the_path_of_wechat_is_passed_on(
    tmp_path: Path, echo: Echo, proxy: str, path: str
) -> None:
    with in_front(proxy, tmp_path, echo.port) as port:
        answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=20)
    assert (answer.status_code, "HTTP_HOST" in answer.text) == (404, False)
