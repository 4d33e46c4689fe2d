"""The model's client against the stand-in, and against services that misbehave on the wire."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event
from gevent.server import StreamServer

from integrations.model.answer.incoming import Answer
from integrations.model.chat_model import ChatModel
from integrations.model.errors import (
    AddressMoved,
    AnswerTooLate,
    AnswerTooLong,
    AnswerWithheld,
    EmptyAnswer,
    KeyRefused,
    MalformedEvent,
    ModelError,
    ModelFailed,
    ModelSilent,
    OverTheLimit,
    RequestRefused,
    StreamCut,
    TokensUsedUp,
    WrongAddress,
)
from integrations.model.key_limits import retry_after
from integrations.model.unreachable import ModelUnreachable
from sandbox.model import ModelStandIn

SAID = [{"role": "user", "content": "你好"}]


def client(url: str, *, stream: bool = True, read_seconds: float = 2.0) -> ChatModel:
    return ChatModel(
        base_url=url,
        model="a-model",
        temperature=0.5,
        stream=stream,
        connect_seconds=1.0,
        read_seconds=read_seconds,
        at_once=20,
    )


def ask(model: ChatModel, *, seconds: float = 5.0, pieces: list[str] | None = None) -> Answer:
    on_text: Callable[[str], None] = (pieces if pieces is not None else []).append
    deadline = time.monotonic() + seconds
    return model.ask(SAID, key="sk-secret", max_tokens=50, deadline=deadline, on_text=on_text)


@pytest.fixture
def stand_in() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.start()
    yield model
    model.stop()


class Wire:
    """A service that sends what it is told to, byte for byte, and counts its connections."""

    def __init__(self) -> None:
        # Pieces, pauses in seconds, and what is to happen before the next piece.
        self.sends: list[bytes | float | Event] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _serve(self, connection: socket.socket, _: Any) -> None:
        self.connections += 1
        self.requests.append(connection.recv(65536))
        for send in self.sends:
            if isinstance(send, float):
                gevent.sleep(send)
            elif isinstance(send, Event):
                send.wait()
            else:
                connection.sendall(send)
        connection.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.stop()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(text: str | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_comes_whole_and_piece_by_piece(stand_in: ModelStandIn, stream: bool) -> None:
    stand_in.will(text="你好，世界！")
    pieces: list[str] = []
    answer = ask(client(stand_in.url, stream=stream), pieces=pieces)
    assert answer == Answer("你好，世界！", cut_by_length=False)
    assert "".join(pieces) == answer.text
    body = stand_in.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("a-model", 0.5, 50)
    assert body["messages"] == SAID
    assert body["stream"] is stream
    assert stand_in.asked[0].key == "cret"


def test_connections_are_used_again(wire: Wire, stand_in: ModelStandIn) -> None:
    peers: set[tuple[str, int]] = set()
    handle = stand_in._server.handle

    def counting(connection: socket.socket, address: Any) -> None:
        peers.add(address)
        handle(connection, address)

    stand_in._server.set_handle(counting)
    model = client(stand_in.url)
    for _ in range(20):
        ask(model)
        gevent.sleep(0.01)
    assert len(peers) == 1
    gevent.joinall([gevent.spawn(ask, model) for _ in range(10)], raise_error=True)
    assert len(peers) <= 10


@pytest.mark.parametrize(
    ("status", "error", "retryable"),
    [
        (400, RequestRefused, False),
        (401, KeyRefused, True),
        (403, KeyRefused, True),
        (404, WrongAddress, False),
        (429, OverTheLimit, True),
        (500, ModelFailed, True),
        (503, ModelFailed, True),
    ],
)
def test_a_status_is_named(
    stand_in: ModelStandIn, status: int, error: type[ModelError], retryable: bool
) -> None:
    stand_in.will(status=status)
    with pytest.raises(error) as raised:
        ask(client(stand_in.url))
    assert (raised.value.status, raised.value.retryable) == (status, retryable)
    assert raised.value.asked == f"{stand_in.url}/chat/completions"


def test_a_service_says_how_long_to_wait(stand_in: ModelStandIn) -> None:
    stand_in.will(status=429, retry_after=7)
    with pytest.raises(OverTheLimit) as raised:
        ask(client(stand_in.url))
    assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 60.0),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_each_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, at=1445412420.0) == seconds


def test_nobody_listening_is_told_apart() -> None:
    with pytest.raises(ModelUnreachable):
        ask(client("http://127.0.0.1:9/v1"))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_piece_arrives_as_soon_as_its_bytes_do(wire: Wire, chunked: bool) -> None:
    """A reader that wants a full buffer, or chunk, would wait for the end."""
    heard = {text: Event() for text in ("一", "二")}
    wire.sends = [HEAD, event("一"), heard["一"], event("二"), heard["二"], DONE]
    if chunked:
        wire.sends[0] = HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n")

    def hear(text: str) -> None:
        heard[text].set()

    deadline = time.monotonic() + 5
    client(wire.url).ask(SAID, key="k", max_tokens=5, deadline=deadline, on_text=hear)


def test_the_end_mark_ends_the_answer_whatever_the_connection_does(wire: Wire) -> None:
    wire.sends = [HEAD, event("答"), DONE, Event()]
    assert ask(client(wire.url)).text == "答"


def test_events_may_be_cut_anywhere_even_within_a_character(wire: Wire) -> None:
    body = event("你好") + b": keep-alive\n\n" + event(None) + event("世界", "stop") + DONE
    pieces = [body[index : index + 3] for index in range(0, len(body), 3)]
    wire.sends = [HEAD]
    for piece in pieces:
        wire.sends += [piece, 0.0]
    assert ask(client(wire.url)).text == "你好世界"


def test_several_events_may_come_at_once_with_either_line_end(wire: Wire) -> None:
    wire.sends = [HEAD + (event("一") + event("二") + DONE).replace(b"\n", b"\r\n")]
    assert ask(client(wire.url)).text == "一二"


def test_a_finish_reason_is_an_end_too(wire: Wire) -> None:
    wire.sends = [HEAD, event("说完了"), event("", "stop")]
    assert ask(client(wire.url)).text == "说完了"


@pytest.mark.parametrize("tail", [b'{"usage": {}}', b"null", b'{"error": "x"}', b"{cut"])
def test_what_comes_behind_the_end_costs_no_answer(wire: Wire, tail: bytes) -> None:
    wire.sends = [HEAD, event("说完了", "stop"), b"data: " + tail + b"\n\n", DONE]
    assert ask(client(wire.url)).text == "说完了"


def test_an_answer_that_ran_into_its_limit_says_so(wire: Wire) -> None:
    wire.sends = [HEAD, event("说到一半", "length"), DONE]
    assert ask(client(wire.url)) == Answer("说到一半", cut_by_length=True)


@pytest.mark.parametrize(
    ("sends", "error", "text"),
    [
        ([HEAD, event("半"), event("句")[:20]], StreamCut, "半"),
        ([HEAD], StreamCut, ""),
        ([HEAD, b'data: {"choices": 5}\n\n', DONE], MalformedEvent, ""),
        ([HEAD, event("半"), b'data: {"error": {"message": "x"}}\n\n'], ModelFailed, "半"),
        ([HEAD, b'data: {"error": {"type": "rate_limit_error"}}\n\n'], OverTheLimit, ""),
        ([HEAD, b'data: {"error": {"code": "invalid_api_key"}}\n\n'], KeyRefused, ""),
        ([HEAD, event("半", "content_filter"), DONE], AnswerWithheld, "半"),
        ([HEAD, event("半", "network_error"), DONE], StreamCut, "半"),
        ([HEAD, event(" \n", "stop"), DONE], EmptyAnswer, " \n"),
        ([HEAD, event("", "length"), DONE], TokensUsedUp, ""),
        ([HEAD, event("字" * 100_001)], AnswerTooLong, "字" * 100_000),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/?k=v\r\n\r\n"], AddressMoved, ""),
        ([b"\x00\x01 no http\r\n\r\n"], ModelUnreachable, ""),
        ([], ModelUnreachable, ""),
    ],
)
def test_what_goes_wrong_is_named_and_what_there_was_of_the_text_is_told(
    wire: Wire, sends: list[bytes | float | Event], error: type[ModelError], text: str
) -> None:
    wire.sends = sends
    pieces: list[str] = []
    with pytest.raises(error) as raised:
        ask(client(wire.url), pieces=pieces)
    assert "".join(pieces) == text
    shown = f"{raised.value!r} {raised.value} {raised.value.__cause__}"
    assert "sk-secret" not in shown
    assert "你好" not in shown
    assert "k=v" not in shown
    assert wire.connections == 1, "one question is one call"


def test_a_silence_is_cut_and_told_apart_from_a_late_answer(wire: Wire) -> None:
    wire.sends = [HEAD, event("一"), 2.0]
    with pytest.raises(ModelSilent):
        ask(client(wire.url, read_seconds=0.2))


def test_an_answer_that_dribbles_is_cut_at_its_deadline(wire: Wire) -> None:
    for first, error in (([event("一")], AnswerTooLate), ([], ModelSilent)):
        wire.sends = [HEAD, *first]
        for _ in range(100):
            wire.sends += [b": still here\n\n", 0.05]
        with pytest.raises(error):
            ask(client(wire.url), seconds=0.4)


def test_a_lone_surrogate_in_a_question_breaks_nothing(stand_in: ModelStandIn) -> None:
    stand_in.will(text="好")
    model = client(stand_in.url)
    turns = [{"role": "user", "content": "a\ud800b"}]
    deadline = time.monotonic() + 5
    answer = model.ask(turns, key="k", max_tokens=5, deadline=deadline, on_text=lambda _: None)
    assert answer.text == "好"


@pytest.mark.parametrize("stream", [True, False])
def test_halves_of_characters_are_put_together_and_lone_ones_left_off(
    wire: Wire, stream: bool
) -> None:
    if stream:
        pieces = ["好\ud83d", "\ude00", "\ud800x", "\udc00", "。\ud83d"]
        events = [json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces]
        sent = [f"data: {one}\n\n".encode() for one in events]
        wire.sends = [HEAD, *sent, event(None, "stop")]
    else:
        content = {"choices": [{"message": {"content": "好\ud83d\ude00\ud800x\udc00。\ud83d"}}]}
        wire.sends = [HEAD, json.dumps(content).encode()]
    told: list[str] = []
    assert ask(client(wire.url, stream=stream), pieces=told).text == "好😀x。"
    assert "".join(told) == "好😀x。"
