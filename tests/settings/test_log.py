"""The log: one line for each event, the whole story of a message, and nothing that is private."""

import json
import re
import signal
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import gevent
import pytest
import requests
import yaml
from hypothesis import given
from hypothesis import strategies as st

from console import inspect
from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from sandbox.processes import free_port
from sandbox.wire import signed
from settings.announcements import Fields, Level, listen, listen_no_more
from settings.log.lines import LONGEST, Form, LineFormat, LogListener
from tests.forking import Forked
from tests.running import TOKEN as RUNNING_TOKEN
from tests.running import TRY, Running, running

TOKEN = "secrettoken"
KEY = "sk-very-secret-1234"
SIGNATURE = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
OPEN_ID = "oVerySecretOpenId0123456789x"
QUESTION = "机密的问题"
ANSWER = "机密的回答"
PATIENCE = 15.0  # seconds

Field = str | int | float
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)(?: |$)')


def fields(line: str) -> dict[str, str]:
    """A line of `key=value` read by its own rules; all of it has to be fields."""
    found = FIELD.findall(line)
    assert " ".join(f"{key}={value}" for key, value in found) == line
    return dict(found)


def line_of(form: Form, event: str, *, several: bool = False, **fields: Any) -> str:
    return LineFormat(form, several=several).line(event, "info", fields, at=1_700_000_000.25)


VALUES = st.text() | st.sampled_from(
    [
        "",
        " ",
        '"',
        "\\",
        "a\nb",
        "a\r\nlevel=error event=fault",
        'x" event=moved message=7',
        "\x1b[31m",
    ]
)


@given(value=VALUES)
def test_no_value_ends_a_line_or_passes_for_another_field(value: str) -> None:
    line = line_of("key=value", "ignored", message=3, name=value, kind="text")
    assert line.isprintable()
    assert list(fields(line)) == ["time", "level", "event", "message", "name", "kind"]
    assert re.findall(r"message=\w+", line) == ["message=3"]
    assert line.count("event=") == line.count("level=") == 1


@given(value=VALUES)
def test_a_line_of_json_is_one_line_and_keeps_the_value(value: str) -> None:
    line = line_of("json", "ignored", name=value, took=0.12345, n=7)
    assert line.isascii() and line.isprintable()
    told = json.loads(line)
    assert list(told) == ["time", "level", "event", "name", "took", "n"]
    assert (told["event"], told["name"], told["took"], told["n"]) == ("ignored", value, 0.123, 7)


def test_a_long_value_is_cut() -> None:
    told = json.loads(line_of("json", "x", reason="y" * 10_000))
    assert len(told["reason"]) == LONGEST + 1


def test_a_number_and_a_word_stand_without_quotes_and_what_is_not_there_is_left_out() -> None:
    line = line_of("key=value", "moved", several=True, message=12, to="REPLIED", took=0.41, of=None)
    assert re.fullmatch(
        r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d level=info process=\d+"
        r" event=moved message=12 to=REPLIED took=0.41",
        line,
    )


def test_the_time_is_the_operators_own_to_the_millisecond() -> None:
    lines = LineFormat("key=value")
    for at in (1_700_000_000.25, 1_700_000_000.75, 1_700_000_001.0, 1_600_000_000.5):
        local = datetime.fromtimestamp(at).astimezone().isoformat("T", "milliseconds")
        assert lines.line("x", "info", {}, at=at) == f"time={local} level=info event=x"


def test_what_is_less_grave_than_the_logs_level_is_not_written() -> None:
    written: list[str] = []
    log = LogListener("warning", LineFormat("key=value"), written.append)
    log("moved", "info", {})
    log("key_rests", "warning", {})
    assert [fields(line)["event"] for line in written] == ["key_rests"]


class Kept:
    """The lines of a log, as they would be written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._form = LineFormat("key=value")

    def __call__(self, event: str, level: Level, fields: Fields) -> None:
        self.lines.append(self._form.line(event, level, fields, at=time.time()))

    def of(self, message: int) -> list[dict[str, str]]:
        """What `grep -w message=N` finds."""
        return [fields(line) for line in self.lines if re.search(rf"\bmessage={message}\b", line)]


@pytest.fixture
def log() -> Iterator[Kept]:
    kept = Kept()
    listen(kept)
    yield kept
    listen_no_more(kept)


@pytest.fixture
def app(tmp_path: Path, brisk: None) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def until(happened: Callable[[], Any]) -> None:
    with gevent.Timeout(PATIENCE):
        while not happened():
            gevent.sleep(0.02)


def moves_of(app: Running, message: int) -> list[tuple[str, str]]:
    select = f"SELECT from_state || ' ' || to_state, event FROM moves WHERE message_id = {message}"
    return app.huixin.db.read(lambda db: [tuple(row) for row in db.execute(select)])


def told_moves(log: Kept, message: int) -> list[tuple[str, str]]:
    told = [line for line in log.of(message) if line["event"] == "moved"]
    return [(f"{line['from']} {line['to']}", line["by"]) for line in told]


def test_a_late_answer_is_told_from_its_arrival_to_its_collection(app: Running, log: Kept) -> None:
    app.model.will(text="迟到的。", after=3.4 * TRY)
    app.follower().say("问")
    until(lambda: app.one("SELECT settled_at FROM messages"))
    app.follower().say("继续")
    until(lambda: app.one("SELECT count(*) FROM tries WHERE ended_at IS NULL") == 0)
    story = log.of(1)
    names = [line["event"] for line in story]
    rest = [name for name in names if name not in ("tried_again", "try_ended")]
    assert rest == ["received", "moved", "model_called", "moved", "collected"]
    # A try that was dropped may end after the next has begun.
    assert (names.count("tried_again"), names.count("try_ended")) == (2, 3)
    assert told_moves(log, 1) == moves_of(app, 1)
    tries = [(line["try"], line["outcome"]) for line in story if line["event"] == "try_ended"]
    select = "SELECT number || ' ' || outcome FROM tries WHERE message_id = 1 ORDER BY number"
    assert [" ".join(pair) for pair in tries] == app.all(select)
    assert {line["follower"] for line in story} == {"1"}
    [called] = [line for line in story if line["event"] == "model_called"]
    assert (called["result"], called["characters"]) == ("answered", "4")
    assert float(called["took"]) >= 3.3 * TRY
    # A try that finds its message stored may have used up a number.
    number = app.one("SELECT max(id) FROM messages")
    assert story[-1]["by"] == str(number)
    [collecting] = [line for line in log.of(number) if line["event"] == "moved"]
    assert (collecting["of"], collecting["by"]) == ("1", "answered_at_once")


def test_a_failure_its_retry_and_its_end_are_told_with_the_reason(
    app: Running, log: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    app.model.will(times=2, status=500)
    app.follower().say("问")
    app.model.always(text="好了。")
    inspect.main(["--db", str(app.folder / "huixin.db"), "retry", "1", "--yes"])
    until(lambda: app.one("SELECT state FROM messages") == "REPLIED")
    by_server = [move for move in moves_of(app, 1) if move[1] != "retried"]
    assert told_moves(log, 1) == by_server
    [failed] = [line for line in log.of(1) if line.get("to") == "FAILED"]
    assert failed["level"] == "warning"
    asked = f"{app.model.url}/chat/completions"
    assert failed["reason"] == f'"ModelFailed: HTTP 500, {asked}"'
    [taken_up] = [line for line in log.of(1) if line["event"] == "taken_up"]
    assert (taken_up["state"], taken_up["follower"]) == ("RECEIVED", "1")
    results = [line["result"] for line in log.of(1) if line["event"] == "model_called"]
    assert results == ["ModelFailed", "ModelFailed", "answered"]


def test_what_the_operator_does_to_a_message_that_is_worked_on_is_told(
    app: Running, log: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    app.model.will(after=60)
    gevent.spawn(app.follower(tries=1).say, "问")
    until(lambda: app.model.asked)
    reason = ["--reason", "x\nevent=moved message=99"]
    inspect.main(["--db", str(app.folder / "huixin.db"), "fail", "1", *reason, "--yes"])
    until(lambda: any(line["event"] == "moved_by_operator" for line in log.of(1)))
    [told] = [line for line in log.of(1) if line["event"] == "moved_by_operator"]
    assert (told["from"], told["to"]) == ("GENERATING", "FAILED")
    assert not log.of(99)


@contextmanager
def served(folder: Path, form: Literal["key=value", "json"]) -> Iterator[tuple[int, Path]]:
    """`python server.py` at its most talkative: its port, and the file with all that it wrote."""
    model, port = ModelStandIn(), free_port()
    model.start()
    model.will(text=ANSWER)
    model.will(status=401)
    model.will(text=f"{ANSWER}断了", cut=3)
    config = {
        "mode": "live",
        "server": {"port": port, "stop_seconds": 0.5},
        "store": {"path": str(folder / "huixin.db")},
        "wechat": {"token": TOKEN},
        "openai": {"api_keys": [KEY], "base_url": model.url},
        "limits": {"gap_seconds": 0},
        "log": {"level": "debug", "format": form},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with (folder / "log").open("wb") as out:
        process = Forked("server.py", "--config", str(folder / "config.yml"), log=out)
    try:
        written = folder / "log"
        until(lambda: "listening" in written.read_text(encoding="utf-8"))
        yield port, written
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        model.stop()


def use(port: int) -> None:
    """Questions that are answered, refused and cut."""
    follower = Follower(f"http://127.0.0.1:{port}/wechat", TOKEN, open_id=OPEN_ID, tries=1)
    for number in range(4):
        follower.say(f"{QUESTION}{number}")


PRIVATE = (TOKEN, KEY, KEY[-8:], OPEN_ID, OPEN_ID[-8:], "机密", "断了")


def test_whatever_is_asked_the_log_is_fields_and_holds_nothing_private(tmp_path: Path) -> None:
    with served(tmp_path, "key=value") as (port, written):
        use(port)
    text = written.read_text(encoding="utf-8")
    assert not [secret for secret in PRIVATE if secret in text]
    told = [fields(line) for line in text.splitlines()]
    assert [line["event"] for line in told if line["event"] in ("listening", "stopped")] == [
        "listening",
        "stopped",
    ]
    assert [line["to"] for line in told if line["event"] == "moved" and line["from"] != "RECEIVED"]


def test_as_json_each_line_is_an_object_and_holds_nothing_private(tmp_path: Path) -> None:
    with served(tmp_path, "json") as (port, written):
        use(port)
    text = written.read_text(encoding="utf-8")
    told = [json.loads(line) for line in text.splitlines()]
    assert not [secret for secret in PRIVATE if secret in json.dumps(told, ensure_ascii=False)]
    assert {"time", "level", "event"} <= set.intersection(*(set(line) for line in told))
    assert [type(line["message"]) for line in told if line["event"] == "moved"].count(int) >= 4


ONE = f"signature={SIGNATURE}&openid={OPEN_ID}".encode()  # what a request line of WeChat's holds
MALFORMED = [
    b"POST /wechat?" + ONE + b" HTTP/9.9\r\n\r\n",
    b"POST /wechat?" + ONE + b" HTTP/1\r\n\r\n",
    b"POST /wechat?" + ONE + b"\r\n\r\n",
    b"POST /wechat? " + ONE + b" HTTP/1.1\r\n\r\n",
    b"POST /wechat%3F" + ONE + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ONE + b" /wechat HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\n" + ONE + b"\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\nContent-Length: " + ONE + b"\r\n\r\n",
    b"HEAD /wechat HTTP/1.1\r\nContent-Length: 9\r\n\r\n" + ONE,
    b"POST /wechat HTTP/1.1\r\n"
    + b"".join(b"%d: x\r\n" % n for n in range(200))
    + ONE
    + b"\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + ONE + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /wechat HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /%s%d%n\x00\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: -9\r\n\r\n",
    b"POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
    b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
    b"event=moved message=7 HTTP/1.1\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"",
]


MARK = "127.0.2."  # of which those come who only mark where one request ends


def sent_whole(port: int, sent: bytes, own: str) -> None:
    """Send this from an address, and hear the answer out."""
    to = ("127.0.0.1", port)
    with closing(socket.create_connection(to, 10, (own, 0))) as connection:
        with suppress(OSError):  # the server may have closed it meanwhile
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def test_a_malformed_request_is_one_line_at_most_in_which_nothing_of_it_stands(
    tmp_path: Path,
) -> None:
    with served(tmp_path, "key=value") as (port, written):
        sent_whole(port, b"GET\r\n\r\n", f"{MARK}1")
        for number, sent in enumerate(MALFORMED, 2):
            sent_whole(port, sent, "127.0.0.1")
            sent_whole(port, b"GET\r\n\r\n", f"{MARK}{number}")
    lines = written.read_text(encoding="utf-8").splitlines()
    marks = [number for number, line in enumerate(lines) if f"peer={MARK}" in line]
    assert len(marks) == len(MALFORMED) + 1
    for (before, after), sent in zip(pairwise(marks), MALFORMED, strict=True):
        assert after - before - 1 <= 1, sent[:60]
    for line in lines:
        assert "Traceback" not in line
        assert fields(line).get("message") is None
        assert not [secret for secret in (OPEN_ID, SIGNATURE) if secret in line]


PUSH = """
<xml><ToUserName>gh</ToUserName><FromUserName>{open_id}</FromUserName><CreateTime>1</CreateTime>
<MsgType>{kind}</MsgType><Event>{event}</Event><Content>hi</Content><MsgId>{msg_id}</MsgId></xml>
"""
GENUINE = {"open_id": OPEN_ID, "kind": "event", "event": "CLICK", "msg_id": "1"}
FORGED = "x&#10;time=now level=info event=moved message=7 followed=x"


@pytest.mark.parametrize("name", GENUINE)
def test_names_that_wechat_sends_cannot_make_up_a_line(app: Running, log: Kept, name: str) -> None:
    kind = "text" if name == "msg_id" else "event"
    body = PUSH.format(**GENUINE | {"kind": kind, name: FORGED}).strip().encode()
    target = f"{app.url}?{urllib.parse.urlencode(signed(RUNNING_TOKEN))}"
    requests.post(target, data=body, timeout=PATIENCE)
    assert log.lines
    assert not [line for line in log.lines if "moved" in fields(line)["event"]]
    assert not log.of(7)
    assert OPEN_ID not in "".join(log.lines)
