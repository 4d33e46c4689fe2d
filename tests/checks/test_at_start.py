"""The short form of the check, at the start of a live server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from service.checks.at_start import AGAIN, DAY, CheckAtStart
from store import outside, processes
from store.processes import Process
from tests.checks.looking import Looking, answering, looking


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Looking]:
    with looking(tmp_path) as app:
        yield app


def at_start(app: Looking, process: Process | None = None) -> CheckAtStart:
    huixin = app.huixin
    accounts = [(one.settings, one.api) for one in huixin.accounts]
    return CheckAtStart(huixin.db, process or app.process, accounts)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if line.startswith("event=outside ")]


def test_each_thing_is_one_line_of_the_log_and_no_question_is_asked(
    app: Looking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert at_start(app).run_once() == DAY
    whats = [line.partition(" what=")[2].partition(" found=")[0] for line in lines(caplog)]
    assert [what.strip('"').partition(" 1/")[0] for what in whats] == [
        "clock",
        "model key",
        "access token",
        "WeChat's addresses",
        "permanent material",
        "customer service messages",
    ]
    assert app.model.asked == []
    assert app.speech.spoken == []


def test_what_is_wrong_is_told_with_the_cure_and_kept_for_readyz(
    app: Looking, caplog: pytest.LogCaptureFixture
) -> None:
    app.wechat.will_answer(40164, "stable_token", times=9)
    at_start(app).run_once()
    [line] = [line for line in lines(caplog) if "AddressNotWhitelisted" in line]
    assert 'advice="add 203.0.113.7 to the IP whitelist' in line
    ready = requests.get(f"http://127.0.0.1:{app.server.server_port}/readyz", timeout=10)
    assert ready.status_code == 200, "it may be mended by now"
    assert ready.json()["outside"].startswith("✗ access token: AddressNotWhitelisted")


def test_what_is_wrong_is_looked_at_again_soon_and_told_when_it_changes(
    app: Looking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    app.wechat.will_answer(40164, "stable_token", times=6)
    part = at_start(app)
    assert [part.run_once() for _ in range(6)] == [*AGAIN, AGAIN[-1], AGAIN[-1]]
    assert len([line for line in lines(caplog) if "access token" in line]) == 1
    assert part.run_once() == DAY
    assert len([line for line in lines(caplog) if "access token" in line]) == 2
    kept = app.huixin.db.read(outside.last)
    assert kept and kept.amiss == []


def refused(status: str, app: Looking) -> list[str]:
    """What is kept of a model's service that answers so."""

    def respond(environ: object, start_response: object) -> list[bytes]:
        start_response(status, [])  # type: ignore[operator]
        return [b""]

    with answering(respond) as url:
        settings = app.settings().but(openai={"base_url": url})
        CheckAtStart(app.huixin.db, app.process, [(settings, None)]).run_once()
    kept = app.huixin.db.read(outside.last)
    assert kept
    assert all(amiss.wrong for amiss in kept.amiss)
    return [amiss.found for amiss in kept.amiss]


def test_only_a_key_that_is_said_to_be_none_is_wrong(app: Looking) -> None:
    [line] = refused("401 Unauthorized", app)
    assert "KeyRefused: HTTP 401" in line
    assert refused("404 Not Found", app) == refused("403 Forbidden", app) == []


def test_a_service_that_is_not_there_is_told(app: Looking) -> None:
    settings = app.settings().but(openai={"base_url": "http://127.0.0.1:1/v1"})
    CheckAtStart(app.huixin.db, app.process, [(settings, None)]).run_once()
    kept = app.huixin.db.read(outside.last)
    assert kept and "PortRefused" in kept.amiss[0].found


def test_of_several_processes_one_looks(app: Looking) -> None:
    other = Process("other/2", host="elsewhere", pid=2)
    app.huixin.db.write(processes.beat, other, at=app.huixin.db.clock(), lease=20)
    at_start(app, other).run_once()
    assert app.huixin.db.read(outside.last) is None
