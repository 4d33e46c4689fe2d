"""The stand-in for WeChat does to a server what the protocol sheet says WeChat does."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import gevent
import pytest
from gevent.event import Event
from gevent.server import StreamServer
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.utils import check_signature

from bench.processes import Model, NotStarted, free_port, live_config, running
from bench.tries import Sent, as_line, drive, percentile, report
from sandbox.follower import (
    GREY_LINE,
    Follower,
    NothingListens,
    Outcome,
    Try,
)
from sandbox.wechat import configured
from sandbox.wire import (
    NothingToTap,
    Reply,
    tap,
    to_xml,
)
from settings.loading import load
from tests.conftest import ROOT

TOKEN = "a-token"
OPEN_ID = "follower-1"
ACCOUNT = "gh_huixin"

readable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)


@dataclass
class Request:
    """What a follower posted, and the connection it came on."""

    connection: socket.socket
    line: str
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.line.split(" ")[1]).query))

    def answer(self, answer: bytes) -> None:
        with suppress(OSError):  # the follower may have gone
            self.connection.sendall(answer)

    def wait_for_hang_up(self) -> None:
        with suppress(ConnectionError):
            while self.connection.recv(1000):
                pass


@dataclass
class Server:
    """Does one scripted thing to each request; the last of the script to all that follow."""

    script: list[Callable[[Request], object]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wechat"

    def will(self, *script: Callable[[Request], object]) -> None:
        self.script = list(script)

    def __call__(self, connection: socket.socket, _: object) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline().decode()
            headers = dict(h.decode().strip().split(": ") for h in iter(stream.readline, b"\r\n"))
            body = stream.read(int(headers.get("Content-Length", 0)))
        self.requests.append(Request(connection, line, body))
        number = min(len(self.requests), len(self.script))
        self.script[number - 1](self.requests[-1])


@pytest.fixture
def server() -> Iterator[Server]:
    scripted = Server()
    listening = StreamServer(("127.0.0.1", 0), scripted)
    listening.start()
    scripted.port = listening.socket.getsockname()[1]
    yield scripted
    listening.stop()


@pytest.fixture
def follower(server: Server) -> Follower:
    return Follower(server.url, TOKEN)


@pytest.fixture
def hasty(server: Server) -> Follower:
    """A follower whose tries are short."""
    return Follower(server.url, TOKEN, try_seconds=0.2, gap_seconds=0.2)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nothing listens on, kept from everybody else."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def reply_xml(inside: str, to: str = OPEN_ID, sender: str = ACCOUNT, time: str = "1") -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName>"
        f"<FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{time}</CreateTime>{inside}</xml>"
    ).encode()


def text_xml(text: str) -> str:
    return f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"


def replies(text: str) -> Callable[[Request], None]:
    return lambda request: request.answer(http(reply_xml(text_xml(text))))


def answers(body: bytes, status: str = "200 OK") -> Callable[[Request], None]:
    return lambda request: request.answer(http(body, status))


def holds(request: Request) -> None:
    request.wait_for_hang_up()


def hangs_up(_: Request) -> None:
    """Returns, and the connection is closed."""


def results(tries: list[Try]) -> list[str]:
    return [ended.result for ended in tries]


# What the follower sees


def test_a_reply_to_the_first_try_is_seen_and_ends_the_message(
    server: Server, follower: Follower
) -> None:
    server.will(replies("你好！\n<a href='x'>y</a>"))
    outcome = follower.say("你好")
    assert outcome.seen == outcome.reply == "你好！\n<a href='x'>y</a>"
    assert (outcome.kind, outcome.media_id) == ("text", None)
    assert results(outcome.tries) == ["reply"]
    assert outcome.delivered == outcome.tries[0]
    assert outcome.delivered.status == 200


def test_a_voice_is_seen_as_one_and_its_media_id_told(server: Server, follower: Follower) -> None:
    inside = "<MsgType>voice</MsgType><Voice><MediaId><![CDATA[m-1]]></MediaId></Voice>"
    server.will(answers(reply_xml(inside)))
    outcome = follower.say("唱歌")
    assert (outcome.kind, outcome.media_id, outcome.reply) == ("voice", "m-1", None)
    assert outcome.seen == "[voice]"


@pytest.mark.parametrize("body", [b"", b"success"])
def test_an_empty_answer_ends_the_message_with_nothing_to_see(
    server: Server, follower: Follower, body: bytes
) -> None:
    server.will(answers(body), replies("too late"))
    outcome = follower.say("你好")
    assert results(outcome.tries) == ["empty"]
    assert (outcome.seen, outcome.reply) == ("", None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"answer": "json"}',
        b"<html>502",
        b"success\n",
        reply_xml(text_xml("hi"), to="somebody-else"),
        reply_xml(text_xml("hi"), to=ACCOUNT, sender=OPEN_ID),
        reply_xml(text_xml("hi"), time=""),
        reply_xml(text_xml("")),
        reply_xml(text_xml("a bell \x07")),
        reply_xml(text_xml("长" * 683)),
        reply_xml("<MsgType>voice</MsgType><Voice/>"),
        reply_xml("<MsgType>poem</MsgType>"),
        b'<!DOCTYPE x [<!ENTITY e "hi">]>' + reply_xml("<MsgType>text</MsgType><Content>&e;"),
    ],
)
def test_a_malformed_answer_is_the_grey_line_at_once(
    server: Server, follower: Follower, body: bytes
) -> None:
    server.will(answers(body), replies("too late"))
    outcome = follower.say("你好")
    assert results(outcome.tries) == ["malformed"]
    assert outcome.seen == GREY_LINE
    assert outcome.kind is None


def test_a_text_of_2048_bytes_is_still_shown(server: Server, follower: Follower) -> None:
    longest = "长" * 682 + "!!"
    server.will(replies(longest))
    assert follower.say("你好").seen == longest


# Tries


def test_a_try_without_an_answer_is_dropped_after_its_time_and_made_three_times(
    server: Server, hasty: Follower
) -> None:
    server.will(holds)
    outcome = hasty.say("你好")
    assert results(outcome.tries) == ["dropped"] * 3
    assert [ended.number for ended in outcome.tries] == [1, 2, 3]
    assert all(0.2 <= ended.seconds < 1 for ended in outcome.tries)
    assert outcome.tries[2].started >= 0.4
    assert (outcome.seen, outcome.delivered, outcome.seen_after) == (GREY_LINE, None, None)


def test_each_try_posts_the_same_message_with_a_fresh_signature(
    server: Server, follower: Follower
) -> None:
    server.will(hangs_up)
    follower.say("你好")
    assert len({request.body for request in server.requests}) == 1
    assert len({request.query["nonce"] for request in server.requests}) == 3
    for request in server.requests:
        query = request.query
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        assert abs(int(query["timestamp"]) - time.time()) < 5
        assert query["openid"] == OPEN_ID


def test_a_reply_to_a_later_try_is_seen_with_the_time_since_the_first(
    server: Server, hasty: Follower
) -> None:
    server.will(holds, replies("好了"))
    outcome = hasty.say("你好")
    assert results(outcome.tries) == ["dropped", "reply"]
    assert outcome.seen == "好了"
    assert outcome.seen_after is not None
    assert 0.2 <= outcome.seen_after < 1


def test_a_server_that_hangs_up_is_tried_again_before_the_try_would_have_ended(
    server: Server,
) -> None:
    server.will(hangs_up, replies("好了"))
    outcome = Follower(server.url, TOKEN).say("你好")
    assert results(outcome.tries) == ["dropped", "reply"]
    assert outcome.tries[1].started < 2


def test_a_refused_connection_is_a_failed_try_at_once(closed_port: int) -> None:
    outcome = Follower(f"http://127.0.0.1:{closed_port}", TOKEN).say("你好")
    assert results(outcome.tries) == ["refused"] * 3
    assert outcome.seen == GREY_LINE
    assert outcome.tries[2].started < 2


def test_an_http_error_may_be_followed_by_a_good_answer(server: Server, follower: Follower) -> None:
    server.will(answers(b"oops", "500 Oops"), replies("好了"))
    outcome = follower.say("你好")
    assert results(outcome.tries) == ["malformed", "reply"]
    assert outcome.seen == "好了"


def test_an_http_error_to_every_try_is_the_grey_line(server: Server, follower: Follower) -> None:
    server.will(answers(reply_xml(text_xml("hi")), "301 Moved"))
    outcome = follower.say("你好")
    assert results(outcome.tries) == ["malformed"] * 3
    assert outcome.seen == GREY_LINE


def test_an_answer_that_is_not_http_is_malformed(server: Server, follower: Follower) -> None:
    server.will(lambda request: request.answer(b"hello\r\n\r\n"), replies("好了"))
    assert results(follower.say("你好").tries) == ["malformed", "reply"]


def test_an_answer_that_drips_does_not_make_a_try_longer(server: Server, hasty: Follower) -> None:
    def drips(request: Request) -> None:
        for byte in http(reply_xml(text_xml("hi"))):
            request.answer(bytes([byte]))
            gevent.sleep(0.05)

    server.will(drips)
    outcome = hasty.say("你好")
    assert results(outcome.tries) == ["dropped"] * 3
    assert all(ended.seconds < 1 for ended in outcome.tries)


def test_an_answer_is_over_when_it_says_so_and_not_when_the_server_closes(
    server: Server, follower: Follower
) -> None:
    def keeps_open(request: Request) -> None:
        replies("hi")(request)
        request.wait_for_hang_up()

    server.will(keeps_open)
    outcome = follower.say("你好")
    assert (outcome.seen, outcome.tries[0].seconds < 4) == ("hi", True)


def test_an_answer_may_come_in_chunks(server: Server, follower: Follower) -> None:
    body = reply_xml(text_xml("hi"))
    chunks = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.will(lambda request: request.answer(head + chunks))
    assert follower.say("你好").seen == "hi"


def test_the_same_message_can_be_pushed_again_later(server: Server, follower: Follower) -> None:
    server.will(replies("hi"))
    first = follower.say("你好")
    again = follower.say("你好", msg_id=first.msg_id)
    assert again.msg_id == first.msg_id
    assert follower.say("你好").msg_id != first.msg_id
    posted = [parse_message(request.body).id for request in server.requests]
    assert [str(msg_id) == first.msg_id for msg_id in posted] == [True, True, False]


def test_the_tries_are_told_as_they_end(server: Server) -> None:
    told: list[Try] = []
    server.will(hangs_up, replies("hi"))
    outcome = Follower(server.url, TOKEN, on_try=told.append).say("你好")
    assert told == outcome.tries


def test_waiting_followers_do_not_hold_each_other_up(server: Server, hasty: Follower) -> None:
    server.will(holds)
    began = time.monotonic()
    gevent.joinall([gevent.spawn(hasty.say, "你好") for _ in range(20)], raise_error=True)
    assert time.monotonic() - began < 6  # one by one: 12 s


# Tries that overlap


def test_of_overlapping_tries_only_the_newest_delivers(server: Server) -> None:
    newest_is_here = Event()

    def older(request: Request) -> None:
        newest_is_here.wait()
        replies("to nobody")(request)

    def newest(request: Request) -> None:
        newest_is_here.set()
        gevent.sleep(0.2)
        replies("to the follower")(request)

    server.will(older, newest)
    outcome = Follower(server.url, TOKEN, overlap=(0, 0.1)).say("你好")
    assert [ended.lost for ended in outcome.tries] == [True, False]
    assert outcome.seen == "to the follower"


def test_a_reply_to_an_older_try_alone_is_lost(server: Server) -> None:
    newest_is_here = Event()

    def older(request: Request) -> None:
        newest_is_here.wait()
        replies("to nobody")(request)

    def newest(request: Request) -> None:
        newest_is_here.set()
        holds(request)

    server.will(older, newest)
    outcome = Follower(server.url, TOKEN, try_seconds=0.5, overlap=(0, 0.1)).say("你好")
    assert results(outcome.tries) == ["reply", "dropped"]
    assert outcome.seen == GREY_LINE


def test_a_reply_to_an_older_try_is_seen_where_the_newer_has_failed(server: Server) -> None:
    newest_is_gone = Event()

    def older(request: Request) -> None:
        newest_is_gone.wait()
        gevent.sleep(0.2)
        replies("hi")(request)

    server.will(older, lambda _: newest_is_gone.set())
    outcome = Follower(server.url, TOKEN, overlap=(0, 0.1)).say("你好")
    assert results(outcome.tries) == ["reply", "dropped"]
    assert outcome.seen == "hi"


def test_tries_can_all_start_at_the_same_moment(server: Server) -> None:
    all_here = Event()

    def answers_together(request: Request) -> None:
        if len(server.requests) == 3:
            all_here.set()
        all_here.wait()
        replies("hi")(request)

    server.will(answers_together)
    outcome = Follower(server.url, TOKEN, overlap=(0, 0, 0)).say("你好")
    assert results(outcome.tries) == ["reply"] * 3
    assert outcome.seen == "hi"


def test_a_short_gap_makes_the_tries_overlap_until_one_is_answered(server: Server) -> None:
    server.will(holds, replies("hi"))
    outcome = Follower(server.url, TOKEN, try_seconds=0.6, gap_seconds=0.2).say("你好")
    assert results(outcome.tries) == ["dropped", "reply"]
    assert outcome.tries[1].started < 0.6


# What is posted, read by a library that many servers use


def test_a_text_is_posted_as_wechat_does(server: Server, follower: Follower) -> None:
    server.will(replies("hi"))
    outcome = follower.say("你好 ]]> <b>&amp;")
    message = parse_message(server.requests[0].body)
    assert (message.type, message.content) == ("text", "你好 ]]> <b>&amp;")
    assert (message.source, message.target) == (OPEN_ID, ACCOUNT)
    assert str(message.id) == outcome.msg_id
    assert 0 < message.id < 2**63
    assert abs(message.create_time.timestamp() - time.time()) < 5 + 86_400  # naive, any zone


def test_a_voice_is_posted_as_wechat_does(server: Server, follower: Follower) -> None:
    server.will(replies("hi"))
    follower.send_voice("今天天气", media_id="m-7")
    message = parse_message(server.requests[0].body)
    assert (message.type, message.media_id, message.format) == ("voice", "m-7", "amr")
    assert message.recognition == "今天天气"
    assert b"<MediaId16K>" in server.requests[0].body


def test_an_event_is_posted_as_wechat_does(server: Server, follower: Follower) -> None:
    server.will(answers(b"success"))
    outcome = follower.send_event("subscribe")
    event = parse_message(server.requests[0].body)
    assert (event.type, event.event) == ("event", "subscribe")
    assert b"MsgId" not in server.requests[0].body
    assert outcome.msg_id is None


def test_a_body_of_ones_own_is_posted_as_it_is(server: Server, follower: Follower) -> None:
    server.will(answers(b""))
    follower.push(b"<xml>whatever")
    assert server.requests[0].body == b"<xml>whatever"


@given(readable)
def test_any_text_arrives_as_it_was_said(text: str) -> None:
    fields = {"ToUserName": "a", "FromUserName": "b", "CreateTime": "1", "MsgType": "text"}
    message = parse_message(to_xml({**fields, "Content": f"“{text}”", "MsgId": "1"}))
    assert message.content == f"“{text}”"  # in quotes: wechatpy strips blanks


# The URL check


def test_a_url_that_answers_with_the_bare_echostr_is_verified(
    server: Server, follower: Follower
) -> None:
    server.will(lambda request: request.answer(http(request.query["echostr"].encode())))
    assert follower.verify_url()
    assert server.requests[0].line.startswith("GET /wechat?")
    query = server.requests[0].query
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize(
    "script",
    [
        lambda request: request.answer(http(f'"{request.query["echostr"]}"'.encode())),
        lambda request: request.answer(http(f"{request.query['echostr']}\n".encode())),
        lambda request: request.answer(http(request.query["echostr"].encode(), "301 Moved")),
        hangs_up,
    ],
    ids=["in quotes", "with a newline", "redirected", "hung up"],
)
def test_a_url_that_answers_anything_else_is_not(
    server: Server, follower: Follower, script: Callable[[Request], object]
) -> None:
    server.will(script)
    assert not follower.verify_url()


def test_a_url_where_nothing_listens_says_so(closed_port: int) -> None:
    with pytest.raises(NothingListens):
        Follower(f"http://127.0.0.1:{closed_port}/wechat", TOKEN).verify_url()


# Links


def link(content: str, label: str = "继续") -> str:
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=1">{label}</a>'


@given(readable.filter(bool), readable, readable)
def test_a_tap_sends_what_the_link_was_made_for(word: str, before: str, after: str) -> None:
    assert tap(f"{before}\n{link(quote(word, safe=''))}\n{after}") == word


def test_a_tap_finds_the_first_link_or_the_one_with_a_label() -> None:
    text = '<a href="https://e.com">e</a> ' + link("more+of%20it", "一") + link("换一个", "二")
    assert tap(text) == "more of it"
    assert tap(text, "二") == "换一个"
    swapped = "<a class='x' href='weixin://bizmsgmenu?msgmenuid=7&msgmenucontent=hi'>x</a>"
    assert tap(swapped) == "hi"


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        '<a href="https://e.com?msgmenucontent=a&msgmenuid=1">a</a>',
        '<a href="weixin://bizmsgmenu?msgmenucontent=a">no id</a>',
        '<a href="weixin://bizmsgmenu?msgmenuid=1">no content</a>',
    ],
)
def test_a_reply_without_a_whole_link_has_nothing_to_tap(text: str) -> None:
    with pytest.raises(NothingToTap):
        tap(text)


def test_a_label_that_is_not_there_cannot_be_tapped() -> None:
    with pytest.raises(NothingToTap):
        tap(link("a", "one"), "another")


# On the command line

Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    """Starts the command for the server; WeChat's URL check comes first, and passes."""
    config = tmp_path / "config.yml"
    config.write_text(f"server: {{port: {server.port}}}\nwechat: {{token: {TOKEN}}}\n")

    def start(*arguments: str) -> "subprocess.Popen[str]":
        first = ["-m", "sandbox.wechat", "--config", str(config)]
        return subprocess.Popen(
            [sys.executable, *first, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


def verifies(request: Request) -> None:
    request.answer(http(request.query["echostr"].encode()))


def test_the_command_prints_the_tries_and_what_the_follower_saw(server: Server, run: Run) -> None:
    server.will(verifies, hangs_up, replies("你好！" + link("%E7%BB%A7%E7%BB%AD")))
    command = run("你好", "--follower", OPEN_ID)
    out, err = command.communicate(timeout=20)
    lines = out.splitlines()
    assert (command.returncode, err) == (0, "")
    assert lines[0].startswith("→ 你好 ") and "MsgId" in lines[0] and OPEN_ID in lines[0]
    assert lines[1].startswith("  try 1   0.") and "the server hung up" in lines[1]
    assert lines[2].startswith("  try 2 ") and "reply, " in lines[2]
    assert lines[3] == "← 你好！[继续]"
    assert lines[4].endswith("on try 2")


def test_a_plus_taps_the_link_of_the_last_reply(server: Server, run: Run) -> None:
    server.will(verifies, replies(link("%E7%BB%A7%E7%BB%AD")), replies("the rest"))
    command = run()
    out, _ = command.communicate("你好\n\n+\n+\n", timeout=20)
    assert command.returncode == 0
    assert [parse_message(r.body).content for r in server.requests[1:]] == ["你好", "继续"]
    assert "← the rest" in out
    assert "no link to tap" in out


def test_voices_and_events_are_sent_too(server: Server, run: Run) -> None:
    server.will(verifies, replies("welcome"), replies("heard"))
    command = run("--event", "subscribe", "--voice", "你好")
    out, _ = command.communicate(timeout=20)
    assert (command.returncode, "← welcome" in out, "← heard" in out) == (0, True, True)
    event, voice = [parse_message(request.body) for request in server.requests[1:]]
    assert (event.event, voice.recognition) == ("subscribe", "你好")


def test_the_grey_line_is_exit_code_1(server: Server, run: Run) -> None:
    server.will(verifies, answers(b"<html>"), replies("fine"))
    command = run("one", "two")
    out, _ = command.communicate(timeout=20)
    assert command.returncode == 1
    assert GREY_LINE in out and "← fine" in out


def test_a_server_that_is_not_running_is_one_line_and_exit_code_2(
    closed_port: int, run: Run
) -> None:
    url = f"http://127.0.0.1:{closed_port}/wechat"
    command = run("你好", "--url", url)
    out, err = command.communicate(timeout=20)
    assert (command.returncode, out) == (2, "")
    assert err == f"nothing listens at {url}: start it with make run\n"


def test_a_url_check_that_fails_is_said(server: Server, run: Run) -> None:
    server.will(answers(b"", "403 Forbidden"))
    command = run("你好", "--token", "another")
    out, _ = command.communicate(timeout=20)
    assert command.returncode == 1
    assert "is the token the same" in out.splitlines()[0]


def test_overlapping_tries_on_the_command_line(server: Server, run: Run) -> None:
    server.will(verifies, replies("hi"))
    command = run("你好", "--overlap", "0,0,0")
    command.communicate(timeout=20)
    assert (command.returncode, len(server.requests)) == (0, 4)


@pytest.mark.parametrize(
    "arguments", [("--overlap", "soon"), ("--url", "https://e.com"), ("--url", "here")]
)
def test_wrong_options_are_refused(run: Run, arguments: tuple[str, str]) -> None:
    command = run(*arguments)
    _, err = command.communicate(timeout=20)
    assert command.returncode == 2
    assert arguments[0] in err and "Traceback" not in err


@pytest.fixture
def heard_ctrl_c() -> Iterator[None]:
    """Commands started meanwhile hear SIGINT, also where this run of the tests was told not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_ctrl_c")
def test_ctrl_c_in_the_middle_of_a_try_is_no_traceback(server: Server, run: Run) -> None:
    posted = Event()

    def waits(request: Request) -> None:
        posted.set()
        holds(request)

    server.will(verifies, waits)
    command = run("你好")
    assert posted.wait(timeout=20)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=20)
    assert (command.returncode, err) == (130, "")


def test_a_reader_that_goes_away_is_no_traceback(server: Server, run: Run) -> None:
    posted, answer = Event(), Event()

    def waits(request: Request) -> None:
        posted.set()
        answer.wait()
        replies("hi")(request)

    server.will(verifies, waits)
    command = run("你好")
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


# The load generator, which posts as these followers do


def ended(number: int, seconds: float, text: str | None) -> Outcome:
    """A message whose try `number` was answered so long after the first one's start."""
    last = Try("reply", "", 200, reply=Reply("text", text) if text else None)
    last = replace(last, number=number, started=5.0 * (number - 1))
    last = replace(last, seconds=seconds - last.started)
    return Outcome("1", [last], last if text is not None else None)


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
    assert [one.outcome.reply for one in sent] == [one.question for one in sent]
    assert len({one.question for one in sent}) == 20
    assert sent[19].due_at - sent[0].due_at == pytest.approx(0.19)
    assert all(one.sent_at >= one.due_at - 0.001 for one in sent)
    assert len({request.query["openid"] for request in server.requests}) == 3


def test_what_was_seen_is_on_the_clock_of_the_model() -> None:
    assert Sent("q", 100.0, 100.5, ended(2, 7.0, "hi")).seen_at == pytest.approx(107.5)


def test_a_process_of_a_bench_lives_as_long_as_its_block(tmp_path: Path) -> None:
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


def test_the_config_of_a_bench_is_one_for_real_use(tmp_path: Path) -> None:
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


def test_the_load_generator_reports_on_the_real_server() -> None:
    command = subprocess.run(
        [sys.executable, "-m", "bench.tries", "--messages", "20", "--model-seconds", "0.05"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (command.returncode, command.stderr) == (0, "")
    assert "answered on the first try   20 of 20" in command.stdout
    assert "model calls                 20 (0 asked twice)" in command.stdout
    assert "overhead                    p50 " in command.stdout
