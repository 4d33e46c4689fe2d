"""`/healthz` and `/readyz`: what is wrong, for this machine's monitors and nobody else."""

import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from fsm.asking.models import LastCall
from integrations.model.errors import KeyRefused, ModelFailed
from service import health
from service.health import Health
from service.http.monitors import MayAsk, MonitorPage, in_front_of
from settings.sections.server import FOR_MONITORS
from store import processes
from store.database import Connection
from store.errors import DiskFull, StoreUnavailable
from store.sqlite.database import SqliteDatabase
from tests.running import Running, running

FINE = {"ok": True, "store": "ok", "loop": "ok", "clock": "ok", "model": "ok"}
PATIENCE = 15.0  # seconds


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


@pytest.fixture(scope="module", params=[(), ("127.0.0.1",)], ids=["nobody", "this machine"])
def trusting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """One that believes these proxies; asking it changes nothing."""
    server = {"trusted_proxies": request.param, "port": 0}
    with running(tmp_path_factory.mktemp("trusting"), server=server) as app:
        yield app


def asked(app: Running, path: str, **headers: str) -> tuple[int, Any]:
    """The status, and what the body says."""
    url = f"http://127.0.0.1:{app.server.server_port}{path}"
    answer = requests.get(url, headers=headers, timeout=PATIENCE)
    is_json = answer.headers["Content-Type"] == "application/json"
    return answer.status_code, answer.json() if is_json else answer.text


def ready(app: Running) -> tuple[int, Any]:
    """What is found now, and not what was found a moment ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "KEPT", 0.0)
        return asked(app, "/readyz")


def test_a_server_that_is_well_says_so(app: Running) -> None:
    assert app.huixin.pages.keys() == set(FOR_MONITORS), "no account may have a page's path"
    assert asked(app, "/healthz") == (200, {"ok": True})
    assert asked(app, "/readyz") == (200, FINE)


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_no_path_of_the_server_hides_them(tmp_path: Path, path: str) -> None:
    with running(tmp_path, server={"path": path, "port": 0}) as app:
        assert asked(app, "/healthz") == (200, {"ok": True})
        assert asked(app, "/readyz") == (200, FINE)
        app.url = f"http://127.0.0.1:{app.server.server_port}{path}"
        app.model.will(text="也在。")
        assert app.follower().say("还在吗").seen == "也在。"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-For": "203.0.113.7, 127.0.0.1"},
        {"X-Forwarded-For": ""},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "203.0.113.7"},
        {"Via": "1.1 proxy"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "127.0.0.1"},
        {"CF-Connecting-IP": "203.0.113.7"},
        {"Host": "example.com"},
        {"Host": "example.com:8080"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": "203.0.113.7"},
        {"Host": "[2001:db8::7]:80"},
        {"Host": "x"},
    ],
    ids=str,
)
def test_whom_a_proxy_on_this_machine_passes_on_gets_what_a_wrong_path_gets(
    trusting: Running, headers: dict[str, str]
) -> None:
    wrong = asked(trusting, "/no-such-path", **headers)
    assert wrong[0] == 404
    assert asked(trusting, "/healthz", **headers) == wrong
    assert asked(trusting, "/readyz", **headers) == wrong
    assert asked(trusting, "/metrics", **headers) == wrong


def alone(db: SqliteDatabase, last: LastCall | None = None) -> Health:
    """Health without a server around it."""
    return Health(db, lambda: {"a-model": last}, lambda: "")


def test_a_message_that_found_no_room_fails_the_check_though_a_heartbeat_still_fits(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    health_alone = alone(db)
    monkeypatch.setattr(health, "KEPT", 0.0)
    assert health_alone.readiness()["store"] == "ok"
    health_alone.hear("not_stored", "error", {"reason": StoreUnavailable("locked")})
    assert health_alone.readiness()["store"] == "ok"
    health_alone.hear("not_stored", "error", {"reason": DiskFull("the disk is full")})
    assert health_alone.readiness()["store"] == "the disk is full"
    monkeypatch.setattr(health, "FULL_FOR", 0.0)
    assert health_alone.readiness()["store"] == "ok"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.2:1", "[::1]:9"]
)
def test_a_monitor_on_this_machine_may_call_it_as_it_likes(app: Running, host: str) -> None:
    assert asked(app, "/healthz", Host=host) == (200, {"ok": True})


def test_a_monitor_may_leave_away_the_host(app: Running) -> None:
    address = ("127.0.0.1", app.server.server_port)
    with closing(socket.create_connection(address, PATIENCE)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def through(who: MayAsk, peer: str) -> str:
    """The status of a request by this peer, where `who` may ask."""
    statuses: list[str] = []

    def elsewhere(environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [])
        return []

    environ = {"PATH_INFO": "/healthz", "REQUEST_METHOD": "GET", "REMOTE_ADDR": peer}
    application = in_front_of(elsewhere, {"/healthz": lambda: MonitorPage(b"well")}, who)
    list(application(environ, lambda status, _: statuses.append(status)))
    return statuses[0]


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", "200 OK"),
        ("127.9.9.9", "200 OK"),
        ("::1", "200 OK"),
        ("::ffff:127.0.0.1", "200 OK"),
        ("10.0.0.5", "404 Not Found"),
        ("203.0.113.7", "404 Not Found"),
        ("::ffff:203.0.113.7", "404 Not Found"),
        ("fe80::1%eth0", "404 Not Found"),
        ("", "404 Not Found"),
        ("localhost", "404 Not Found"),
    ],
)
def test_only_this_machine_may_ask(peer: str, status: str) -> None:
    assert through("loopback", peer) == status
    assert through("anyone", peer) == "200 OK"
    assert through("off", peer) == "404 Not Found"


def test_they_can_be_switched_off(tmp_path: Path) -> None:
    with running(tmp_path, server={"health": "off", "port": 0}) as app:
        assert asked(app, "/healthz") == asked(app, "/no-such-path")


def test_only_reading_is_answered(app: Running) -> None:
    url = f"http://127.0.0.1:{app.server.server_port}/readyz"
    assert requests.post(url, timeout=PATIENCE).status_code == 404
    head = requests.head(url, timeout=PATIENCE)
    assert (head.status_code, head.content) == (200, b"")


def test_a_head_is_answered_without_a_body(app: Running) -> None:
    request = b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    address = ("127.0.0.1", app.server.server_port)
    with closing(socket.create_connection(address, PATIENCE)) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.endswith(b"\r\n\r\n")


def test_a_store_that_cannot_be_written_is_not_ready_and_is_ready_again_afterwards(
    app: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STORE_SECONDS", 0.5)
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    status, found = asked(app, "/readyz")
    assert time.monotonic() - began < 3.5
    assert status == 503
    assert found["ok"] is False
    assert found["store"] != "ok"
    assert (found["loop"], found["model"]) == ("ok", "ok")
    assert asked(app, "/healthz")[0] == 200, "the process lives all the same"
    other.execute("ROLLBACK")
    other.close()
    assert ready(app) == (200, FINE)


def test_asking_changes_nothing_in_the_store(app: Running) -> None:
    app.huixin.background.stop()
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
    before = other.execute("PRAGMA data_version").fetchone()
    assert asked(app, "/readyz") == ready(app) == (200, FINE)
    assert other.execute("PRAGMA data_version").fetchone() == before
    other.close()


def test_a_store_in_which_nothing_can_be_saved_is_not_ready_until_something_was(
    app: Running,
) -> None:
    app.huixin.background.stop()
    writer: list[Connection] = []
    app.huixin.db.write(writer.append)
    app.huixin.db.write(processes.bury, app.process)  # the next beat has to write
    writer[0].execute("PRAGMA query_only = ON")
    app.huixin.heartbeat.run_once()
    assert asked(app, "/readyz")[1]["store"].startswith("SQLITE_READONLY")
    app.huixin.heartbeat.run_once()
    assert ready(app)[0] == 503
    writer[0].execute("PRAGMA query_only = OFF")
    app.huixin.heartbeat.run_once()
    assert ready(app) == (200, FINE)


def test_a_refused_key_is_not_ready_until_the_model_answers_again(app: Running) -> None:
    app.model.will(status=401)
    app.follower().say("问")
    status, found = asked(app, "/readyz")
    assert status == 503
    why = re.escape(f"KeyRefused: HTTP 401, {app.model.url}/chat/completions")
    assert re.fullmatch(rf"{why} \d+ s ago: {re.escape(KeyRefused.advice)}", found["model"])
    app.model.will(text="好了。")
    app.follower().say("再问")
    status, found = ready(app)
    assert (status, found) == (200, FINE | {"last_call": found["last_call"]})
    assert found["last_call"].startswith("answered ")


def test_a_model_that_is_down_or_slow_is_told_of_and_may_answer_the_next_time(
    app: Running,
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("问")
    status, found = asked(app, "/readyz")
    assert (status, found["ok"]) == (200, True)
    assert found["model"].startswith("ok, but ModelFailed: HTTP 500, ")
    assert found["model"].endswith(ModelFailed.advice)


@pytest.mark.parametrize("behaviour", [{"finish_reason": "content_filter"}, {"text": " "}], ids=str)
def test_what_one_question_provoked_says_nothing_of_the_service(
    app: Running, behaviour: dict[str, str]
) -> None:
    app.model.will(2, **behaviour)
    app.follower().say("问")
    status, found = asked(app, "/readyz")
    assert (status, found["model"]) == (200, "ok")
    assert "ago" in found["last_call"]


def test_a_refusal_of_long_ago_does_not_count(db: SqliteDatabase) -> None:
    def refused(seconds_ago: float) -> Health:
        at = time.monotonic() - seconds_ago
        return alone(db, LastCall("KeyRefused", "renew it", True, at=at))

    assert refused(60).readiness()["model"].endswith("s ago: renew it")
    assert refused(3600).readiness()["model"] == "ok"


def test_a_loop_that_stood_still_is_not_ready(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LATEST", 0.1)
    here = alone(db)
    time.sleep(here.run_once() + 0.2)
    here.run_once()
    found = here.readiness()
    assert found["loop"].startswith("it stood still for")
    assert found["store"] == "ok"


def test_what_is_wrong_is_told_to_the_log_when_it_begins_and_when_it_ends(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    asked(app, "/readyz")
    app.model.will(status=401)
    app.follower().say("问")
    ready(app)
    ready(app)
    app.model.will(text="好了。")
    app.follower().say("再问")
    ready(app)
    told = [r for r in caplog.records if "event=readiness" in r.getMessage()]
    assert [record.levelname for record in told] == ["WARNING", "INFO"]
