"""`python -m sandbox.wechat`: a conversation on the command line."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gevent.event import Event
from wechatpy import parse_message

from sandbox.follower import GREY_LINE
from sandbox.wechat import configured
from tests.conftest import ROOT
from tests.forking import ran
from tests.sandbox.scripted import (
    OPEN_ID,
    TOKEN,
    Request,
    Server,
    answers,
    hangs_up,
    holds,
    link,
    replies,
    verifies,
)

Start = Callable[..., "subprocess.Popen[str]"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(server: Server, tmp_path: Path) -> list[str]:
    """What stands behind `python`; WeChat's URL check comes first, and passes."""
    config = tmp_path / "config.yml"
    config.write_text(f"server: {{port: {server.port}}}\nwechat: {{token: {TOKEN}}}\n")
    return ["-m", "sandbox.wechat", "--config", str(config)]


@pytest.fixture
def start(command: list[str]) -> Start:
    """Starts the command for the server."""

    def start(*arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *command, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


@pytest.fixture
def run(command: list[str]) -> Run:
    """The exit code of the command, what it said, and its errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        ended = ran(*command, *arguments, kind="follower", timeout=20)
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_the_command_prints_the_tries_and_what_the_follower_saw(server: Server, run: Run) -> None:
    server.will(verifies, hangs_up, replies("你好！" + link("%E7%BB%A7%E7%BB%AD")))
    code, out, err = run("你好", "--follower", OPEN_ID)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("→ 你好 ") and "MsgId" in lines[0] and OPEN_ID in lines[0]
    assert lines[1].startswith("  try 1   0.") and "the server hung up" in lines[1]
    assert lines[2].startswith("  try 2 ") and "reply, " in lines[2]
    assert lines[3] == "← 你好！[继续]"
    assert lines[4].endswith("on try 2")


def test_a_plus_taps_the_link_of_the_last_reply(server: Server, start: Start) -> None:
    server.will(verifies, replies(link("%E7%BB%A7%E7%BB%AD")), replies("the rest"))
    command = start()
    out, _ = command.communicate("你好\n\n+\n+\n", timeout=20)
    assert command.returncode == 0
    assert [parse_message(r.body).content for r in server.requests[1:]] == ["你好", "继续"]
    assert "← the rest" in out
    assert "no link to tap" in out


def test_voices_and_events_are_sent_too(server: Server, run: Run) -> None:
    server.will(verifies, replies("welcome"), replies("heard"))
    code, out, _ = run("--event", "subscribe", "--voice", "你好")
    assert (code, "← welcome" in out, "← heard" in out) == (0, True, True)
    event, voice = [parse_message(request.body) for request in server.requests[1:]]
    assert (event.event, voice.recognition) == ("subscribe", "你好")


def test_the_grey_line_is_exit_code_1(server: Server, run: Run) -> None:
    server.will(verifies, answers(b"<html>"), replies("fine"))
    code, out, _ = run("one", "two")
    assert code == 1
    assert GREY_LINE in out and "← fine" in out


def test_a_server_that_is_not_running_is_one_line_and_exit_code_2(
    closed_port: int, run: Run
) -> None:
    url = f"http://127.0.0.1:{closed_port}/wechat"
    code, out, err = run("你好", "--url", url)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{url} 没有服务：先 make run",
        f"nothing listens at {url}: start it with make run",
    ]


def test_a_url_check_that_fails_is_said(server: Server, run: Run) -> None:
    server.will(answers(b"", "403 Forbidden"))
    code, out, _ = run("你好", "--token", "another")
    assert code == 1
    assert "is the token the same" in out.splitlines()[1]


def test_overlapping_tries_on_the_command_line(server: Server, run: Run) -> None:
    server.will(verifies, replies("hi"))
    code, _, _ = run("你好", "--overlap", "0,0,0")
    assert (code, len(server.requests)) == (0, 4)


@pytest.mark.parametrize(
    "arguments", [("--overlap", "soon"), ("--url", "https://e.com"), ("--url", "here")]
)
def test_wrong_options_are_refused(run: Run, arguments: tuple[str, str]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert arguments[0] in err and "Traceback" not in err


@pytest.fixture
def heard_ctrl_c() -> Iterator[None]:
    """Commands started meanwhile hear SIGINT, also where this run of the tests was told not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_ctrl_c")
def test_ctrl_c_in_the_middle_of_a_try_is_no_traceback(server: Server, start: Start) -> None:
    posted = Event()

    def waits(request: Request) -> None:
        posted.set()
        holds(request)

    server.will(verifies, waits)
    command = start("你好")
    assert posted.wait(timeout=20)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=20)
    assert (command.returncode, err) == (130, "")


def test_a_reader_that_goes_away_is_no_traceback(server: Server, start: Start) -> None:
    posted, answer = Event(), Event()

    def waits(request: Request) -> None:
        posted.set()
        answer.wait()
        replies("hi")(request)

    server.will(verifies, waits)
    command = start("你好")
    assert command.stdout is not None and command.stderr is not None
    assert posted.wait(timeout=20)
    command.stdout.close()
    answer.set()
    err = command.stderr.read()
    assert (command.wait(timeout=20), err) == (1, "")


# The config file


@pytest.mark.parametrize(
    ("content", "url", "token"),
    [
        ("", "http://127.0.0.1:8080/wechat", "****"),
        ("server:\nwechat:", "http://127.0.0.1:8080/wechat", "****"),
        ("- a list", "http://127.0.0.1:8080/wechat", "****"),
        ("server: {port: 80, path: wx/}\nwechat: {token: t}", "http://127.0.0.1:80/wx", "t"),
        ("server: {host: 0.0.0.0}", "http://127.0.0.1:8080/wechat", "****"),
        ("server: {host: '::1'}", "http://[::1]:8080/wechat", "****"),
        ("wechat: {token: 123}", "http://127.0.0.1:8080/wechat", "123"),
    ],
)
def test_the_config_file_says_where_and_with_which_token(
    tmp_path: Path, content: str, url: str, token: str
) -> None:
    path = tmp_path / "config.yml"
    path.write_text(content)
    assert configured(path) == (url, token)


def test_without_a_config_file_there_are_defaults(tmp_path: Path) -> None:
    assert configured(tmp_path / "none.yml") == ("http://127.0.0.1:8080/wechat", "****")


def test_a_token_may_be_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "from-outside")
    path = tmp_path / "config.yml"
    path.write_text('wechat: {token: "${A_TOKEN}"}')
    assert configured(path)[1] == "from-outside"
