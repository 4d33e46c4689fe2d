"""Everything has a bound: connections, tries, messages, bytes. Past it the follower is told."""

import resource
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from fsm.window import Window
from sandbox.aborted import AT_ONCE
from sandbox.wire import signed
from service.http import framing
from service.http.framing import HEAD_BYTES
from service.http.listener import Listener, Timeouts
from settings.schema import Texts
from tests.running import TOKEN, TRY, running
from tests.shown import STILL_THINKING
from tests.speaking import wait_for

QUICK = Timeouts(head=0.25, idle=0.6, reading=0.3)
BUSY = Texts().too_busy


def hello(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@contextmanager
def listening(
    application: Any = hello, places: int = 10, patience: Timeouts = QUICK
) -> Iterator[tuple[str, int]]:
    server = Listener(("127.0.0.1", 0), application, places=places, patience=patience)
    server.start()
    yield ("127.0.0.1", server.server_port or 0)
    server.stop(timeout=0)


def closed_after(connection: socket.socket) -> float:
    """Seconds until the other side closes."""
    began = time.monotonic()
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began


def get(connection: socket.socket) -> bytes:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return connection.recv(65536)


def test_a_server_that_stops_in_the_midst_of_a_request_says_nothing() -> None:
    def never(environ: Any, start_response: Any) -> list[bytes]:
        gevent.sleep(60)
        return hello(environ, start_response)

    server = Listener(("127.0.0.1", 0), never, places=10)
    server.start()
    with socket.create_connection(("127.0.0.1", server.server_port or 0)) as asking:
        asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        gevent.sleep(0.2)
        server.stop(timeout=0)
        asking.settimeout(10)
        assert asking.recv(65536) == b"", "not even a 500: WeChat tries again"


def test_a_connection_that_says_nothing_is_cut() -> None:
    with listening() as address, socket.create_connection(address) as silent:
        assert QUICK.head * 0.9 < closed_after(silent) < 5


def test_a_head_that_comes_in_drops_is_cut_by_one_deadline_for_all_of_it() -> None:
    with listening() as address, socket.create_connection(address) as slow:
        began = time.monotonic()
        with pytest.raises(OSError):
            for letter in b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 500:
                slow.sendall(bytes([letter]))
                gevent.sleep(0.05)
        assert time.monotonic() - began < 5


def test_a_connection_may_be_used_again_and_is_closed_when_it_rests_too_long() -> None:
    with listening() as address, socket.create_connection(address) as kept:
        assert get(kept).endswith(b"hello")
        gevent.sleep(0.4)
        assert get(kept).endswith(b"hello"), "longer than a head may take, which has not begun"
        assert QUICK.idle * 0.9 < closed_after(kept) < 5


def test_who_does_not_read_the_answer_is_cut() -> None:
    ended: list[float] = []

    def endless(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            while True:
                yield b"x" * 1_000_000
        finally:
            ended.append(time.monotonic())

    with listening(endless) as address, socket.create_connection(address) as deaf:
        deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        began = time.monotonic()
        while not ended and time.monotonic() < began + 8:
            gevent.sleep(0.05)
        assert ended


def test_a_body_that_nobody_wants_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LINGER_SECONDS", 0.3)
    with listening() as address, socket.create_connection(address) as slow:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
        slow.sendall(head)
        assert closed_after(slow) < 6


def test_a_head_over_32_kib_is_refused_while_it_comes() -> None:
    with listening() as address, socket.create_connection(address) as wordy:
        line = b"X-Long: " + b"x" * 7000 + b"\r\n"
        wordy.sendall(b"GET / HTTP/1.1\r\n" + line * (HEAD_BYTES // len(line) + 1) + b"\r\n")
        assert b" 400 " in wordy.recv(1000)


@pytest.mark.parametrize("sent", [b"POST / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-", b""])
def test_a_connection_that_is_reset_in_its_head_is_no_fault(
    sent: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with listening() as address:
        for _ in range(5):
            connection = socket.create_connection(address)
            connection.sendall(sent)
            gevent.sleep(0.01)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            connection.close()
        with socket.create_connection(address) as another:
            assert get(another).endswith(b"hello")
    assert caplog.text + capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 6",
        b"Content-Length: +5",
        b"Content-Length: -5",
        b"Content-Length: 5_0",
        b"Content-Length: 0x5",
        b"Content-Length: 5 0",
        b"Content-Length: 5\r\n 0",
        b"Content-Length:",
        b"Content-Length: \xb2",
        b"Content-Length: 9999999999999999",
        b"Content-Length : 5",
        b"no header\r\nContent-Length: 5",
        b" X: y\r\nContent-Length: 5",
        b"X: y\rContent-Length: 5",
        b"X: y\0\r\nContent-Length: 5",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_request_whose_end_is_a_matter_of_opinion_is_refused_and_closed(headers: bytes) -> None:
    with listening() as address, socket.create_connection(address) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1, "what follows is nobody's request"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Content-Length:  5 \r\ncontent-length: 5\r\n\r\nhello",
        b"Content-Length: 005\r\n\r\nhello",
        b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Content-Type: multipart/mixed\r\nContent-Length: 0\r\n\r\n",
        b"\r\n",
    ],
)
def test_a_request_that_ends_in_one_place_is_answered(headers: bytes) -> None:
    with listening() as address, socket.create_connection(address) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + headers)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 "), "and so is the next"


def test_idle_connections_make_room_when_the_places_are_taken() -> None:
    patience = Timeouts(head=2.0, idle=2.0, reading=2.0)
    with listening(places=5, patience=patience) as address:
        idle = [socket.create_connection(address) for _ in range(50)]
        gevent.sleep(0.05)
        with closing(socket.create_connection(address)) as connection:
            connection.settimeout(5)
            began = time.monotonic()
            assert get(connection).endswith(b"hello")
            assert time.monotonic() - began < patience.head, "nobody was waited for"
        for one in idle:
            one.close()


def post_line(length: int = 500) -> bytes:
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN))
    return f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n<xml>".encode()


def test_a_message_among_many_that_hold_connections_is_answered(tmp_path: Path) -> None:
    with running(tmp_path, limits={"open_tries": 10}) as app, ExitStack() as open_ones:
        app.window, app.try_seconds = Window(), Window().try_seconds  # to let it be slow
        app.restart()
        address = ("127.0.0.1", app.server.server_port)
        holders = [open_ones.enter_context(socket.create_connection(address)) for _ in range(400)]
        for number, holder in enumerate(holders):
            begun = [b"", b"PO", post_line()][number % 3]  # silent, slow head, slow body
            try:
                holder.sendall(begun)
            except OSError:
                pass  # it had to make room already
        app.model.always(text="听见了。", after=0.5 * TRY)
        followers = [app.follower(f"o-{n}") for n in range(8)]
        saying = [gevent.spawn(follower.say, "在吗") for follower in followers]
        assert {asked.get().seen for asked in saying} == {"听见了。"}
        assert app.one("SELECT count(*) FROM messages") == 8


def test_a_try_that_waits_is_not_cut_to_make_room(tmp_path: Path) -> None:
    with running(tmp_path, limits={"open_tries": 1}) as app, ExitStack() as open_ones:
        app.window, app.try_seconds = Window(), Window().try_seconds  # to let it be slow
        app.restart()
        app.model.will(text="等到了。", after=0.6)
        asked = gevent.spawn(app.follower(tries=1).say, "问")
        while not app.model.asked:
            gevent.sleep(0.01)
        address = ("127.0.0.1", app.server.server_port)
        for _ in range(300):
            open_ones.enter_context(socket.create_connection(address))
        assert asked.get().seen == "等到了。"


def test_a_question_past_the_open_tries_is_told_so_and_costs_nothing(tmp_path: Path) -> None:
    with running(tmp_path, limits={"open_tries": 3}) as app:
        app.model.always(text="答。")
        app.model_may_speak.clear()
        saying = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(3)]
        wait_for(lambda: len(app.model.asked) == 3)
        turned_away = [app.follower(f"o-{n}").say("问").seen for n in range(3, 6)]
        app.model_may_speak.set()
        assert [asked.get().seen for asked in saying] == ["答。"] * 3
        assert all(text.startswith(BUSY) for text in turned_away)
        assert len(app.model.asked) == 3
        assert app.one("SELECT count(*) FROM history") == 6
        assert app.follower("o-5").say("再问").seen == "答。", "once there is room"


def test_a_message_past_the_unfinished_ones_is_told_so(tmp_path: Path) -> None:
    with running(tmp_path, limits={"unfinished": 2}) as app:
        app.model.always(text="答。")
        app.model_may_speak.clear()
        saying = [gevent.spawn(app.follower(f"o-{n}").say, "问") for n in range(2)]
        wait_for(lambda: len(app.model.asked) == 2)
        turned_away = [app.follower(f"o-{n}").say("问").seen for n in range(2, 4)]
        app.model_may_speak.set()
        assert [asked.get().seen for asked in saying] == ["答。"] * 2
        assert all(text.startswith(BUSY) for text in turned_away)


def test_a_later_try_past_the_open_ones_gets_what_there_is(tmp_path: Path) -> None:
    with running(tmp_path, limits={"open_tries": 1}) as app:
        app.model.will(text="第一个。", after=1.5 * TRY)
        app.model.will(text="第二个。", after=1.5 * TRY)
        early = gevent.spawn(app.follower("o-1", tries=1).say, "问", msg_id="1")
        early.get()
        holder = gevent.spawn(app.follower("o-2", tries=1).say, "问")
        gevent.sleep(0.1 * TRY)
        again = app.follower("o-1", tries=1).say("问", msg_id="1")
        assert STILL_THINKING in again.seen
        holder.get()
        wait_for(lambda: app.all("SELECT state FROM messages WHERE msg_id = '1'") == ["REPLIED"])
        assert app.follower("o-1").say("继续").seen == "第一个。"


def test_the_fourth_question_of_a_queue_is_asked_to_come_one_at_a_time(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="答。")
        app.model_may_speak.clear()
        saying = []
        for n in range(4):
            saying.append(gevent.spawn(app.follower().say, f"问{n}"))
            wait_for(lambda: app.one("SELECT count(*) FROM messages") == len(saying))
        fifth = app.follower().say("问4").seen
        app.model_may_speak.set()
        assert fifth.startswith(Texts().too_many_waiting)
        assert all("答。" in asked.get().seen for asked in saying), "one, and three that wait"


MIB = b"x" * 1024 * 1024


def pouring(status: str, start: bytes, sent: list[int]) -> Callable[..., Iterator[bytes]]:
    """An outside service that sends 100 MB, whatever it is asked."""

    def pour(environ: Any, start_response: Any) -> Iterator[bytes]:
        environ["wsgi.input"].read()
        start_response(status, [("Content-Type", "text/event-stream")])
        yield start
        for _ in range(100):
            sent.append(len(MIB))
            yield MIB

    return pour


@pytest.mark.parametrize(
    ("status", "start"),
    [
        ("200 OK", b"data: "),
        ("200 OK", b'data: {"choices":[{"delta":{"content":"'),
        ("500 Internal Server Error", b""),
        ("401 Unauthorized", b"{"),
    ],
)
def test_a_model_that_pours_out_100_mb_is_cut_and_the_follower_gets_an_apology(
    tmp_path: Path, status: str, start: bytes
) -> None:
    sent: list[int] = []
    model = WSGIServer(("127.0.0.1", 0), pouring(status, start, sent), log=None, error_log=None)
    model.start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    url = f"http://127.0.0.1:{model.server_port}"
    with running(tmp_path, openai={"base_url": url}) as app:
        app.try_seconds = 3.0
        seen = app.follower().say("问").seen
        if STILL_THINKING in seen:  # on a busy machine
            seen = app.follower().say("继续").seen
        assert seen == Texts().apology
        assert sum(sent) < 60 * len(MIB), "two calls at most, each cut early"
    model.stop(timeout=0)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 80 * 1024, "kilobytes"
