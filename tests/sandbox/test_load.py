"""The load generator, which posts as these followers do."""

import json
import math
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from gevent.event import Event
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message

from sandbox.follower import Fate, SeenTry
from sandbox.load import Sent, as_line, drive, percentile, report
from sandbox.processes import Model, NotStarted, free_port, live_config, running
from sandbox.wire import Reply
from settings.loading import load
from tests.sandbox.scripted import TOKEN, Request, Server, answers, http, reply_xml, text_xml


def ended(number: int, seconds: float, text: str | None) -> Fate:
    """A message whose try `number` was answered so long after the first one's start."""
    last = SeenTry("reply", "", 200, reply=Reply("text", text) if text else None)
    last = replace(last, number=number, started=5.0 * (number - 1))
    last = replace(last, seconds=seconds - last.started)
    return Fate("1", [last], last if text is not None else None)


def test_a_port_is_free_for_a_server_that_is_started_again_and_for_nobody_else() -> None:
    port = free_port()
    for _ in range(2):
        with socket.create_server(("127.0.0.1", port)) as server:  # with SO_REUSEADDR
            socket.create_connection(server.getsockname()).close()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_a_report_tells_apart_what_became_of_each_message() -> None:
    sent = [
        Sent("at once", 100.0, 100.001, ended(1, 0.5, "hi")),
        Sent("on try 2", 101.0, 101.002, ended(2, 7.0, "hi")),
        Sent("too long", 102.0, 102.0, ended(3, 14.6, "still thinking")),
        Sent("no model", 103.0, 103.0, ended(1, 0.1, "sorry")),
        Sent("cut off", 103.5, 103.5, ended(1, 0.1, "sorry")),
        Sent("nothing", 104.0, 104.0, ended(1, 0.1, "")),
        Sent("grey", 105.0, 105.0, ended(3, 15.0, None)),
    ]
    ends = {
        "at once": [100.451],
        "on try 2": [107.5, 107.0],
        "too long": [117.0],
        "cut off": [math.inf],
        "grey": [110.0],
    }
    result = report(sent, ends)
    assert (result.first, result.later, result.put_off, result.never) == (1, 1, 3, 2)
    assert (result.model_calls, result.asked_twice) == (6, 1)
    assert result.overhead == pytest.approx([50, 1002])
    assert result.lateness == pytest.approx([1, 2, 0, 0, 0, 0, 0])


def test_without_the_models_ends_every_reply_is_an_answer() -> None:
    result = report([Sent("q", 1.0, 1.0, ended(1, 0.5, "hi"))], None)
    assert (result.first, result.put_off, result.model_calls) == (1, 0, 0)
    assert as_line(result.overhead) == "-"


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.5) == percentile([7.0], 0.99) == 7
    assert as_line(hundred) == "p50 50.0   p95 95.0   p99 99.0   max 100.0   ms"


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_not_exceeded_by_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) * (1 - 1e-9)


def test_messages_are_posted_on_schedule_and_do_not_wait_for_replies(server: Server) -> None:
    all_here = Event()

    def answers_at_the_end(request: Request) -> None:
        if len(server.requests) == 20:
            all_here.set()
        all_here.wait()
        message = parse_message(request.body)
        reply = reply_xml(text_xml(message.content), to=message.source)
        request.answer(http(reply))

    server.will(answers_at_the_end)
    sent = drive(server.url, TOKEN, rate=100, messages=20, followers=3)
    assert [one.fate.reply for one in sent] == [one.question for one in sent]
    assert len({one.question for one in sent}) == 20
    assert sent[19].due_at - sent[0].due_at == pytest.approx(0.19)
    assert all(one.sent_at >= one.due_at - 0.001 for one in sent)
    assert len({request.query["openid"] for request in server.requests}) == 3


def test_what_was_seen_is_on_the_clock_of_the_model() -> None:
    assert Sent("q", 100.0, 100.5, ended(2, 7.0, "hi")).seen_at == pytest.approx(107.5)


def test_a_process_lives_as_long_as_its_block(tmp_path: Path) -> None:
    port = free_port()
    command = ["-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with running("a server", port, *command, log=tmp_path / "log") as pid:
        socket.create_connection(("127.0.0.1", port)).close()
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_process_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    with (
        pytest.raises(NotStarted, match="no such key"),
        running("a server", free_port(), "-c", "print('no such key')", log=tmp_path / "log"),
    ):
        pytest.fail("it came up")


def test_the_config_of_a_server_process_is_one_for_real_use(tmp_path: Path) -> None:
    settings = load(live_config(tmp_path, 8081, 8082), {})
    assert (settings.mode, settings.server.port) == ("live", 8081)
    assert settings.openai.base_url == "http://127.0.0.1:8082/v1"
    assert settings.store.path.parent == tmp_path


def test_the_model_is_told_how_long_to_take_and_asked_when_it_ended(server: Server) -> None:
    ends = [("a", 2.5), ("b", None), ("a", 4.0)]
    asked = {"asked": [{"question": q, "ended_at": ended_at} for q, ended_at in ends]}
    server.will(answers(b"{}"), answers(json.dumps(asked).encode()))
    model = Model(server.port)
    model.answers_after(0.3)
    assert model.ends() == {"a": [2.5, 4.0], "b": [math.inf]}
    assert server.requests[0].line.startswith("POST /behaviour ")
    assert json.loads(server.requests[0].body) == {"after": 0.3}
