"""Whatever is posted: a short answer, one line in the log, no traceback, nothing saved."""

import hashlib
import json
import re
import socket
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from integrations.wechat import admission
from sandbox.wire import signed
from settings.schema import Texts
from tests.running import TOKEN, Running, running

GOOD = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>{}</Content><MsgId>{}</MsgId></xml>"
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all that does not get in: each finds that nothing was ever saved there."""
    with running(tmp_path_factory.mktemp("door")) as app:
        yield app


def exchange(app: Running, method: str, target: str, body: bytes, headers: str = "") -> bytes:
    """One request, as raw as it gets; returns everything that came back."""
    address = ("127.0.0.1", app.server.server_port)
    with socket.create_connection(address, 10) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}"
        if "Content-Length" not in headers and "chunked" not in headers:
            head += f"Content-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"\r\n" + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def post(app: Running, body: bytes, query: dict[str, str] | None = None) -> tuple[int, bytes]:
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN) if query is None else query)
    answer = exchange(app, "POST", target, body)
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), content


def query_at(timestamp: float) -> dict[str, str]:
    stamp, nonce = str(int(timestamp)), "n"
    made = hashlib.sha1("".join(sorted([TOKEN, stamp, nonce])).encode()).hexdigest()
    return {"signature": made, "timestamp": stamp, "nonce": nonce}


def nothing_saved(app: Running) -> bool:
    return bool(app.one("SELECT count(*) FROM messages") == 0)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"signature": "0" * 40, "timestamp": "1", "nonce": "1"},
        {"signature": "ü", "timestamp": "\ud7ff", "nonce": "\n"},
        {"timestamp": str(int(time.time())), "nonce": "1"},
    ],
)
def test_who_does_not_know_the_token_gets_a_403(door: Running, query: dict[str, str]) -> None:
    assert post(door, GOOD.format("hi", 1).encode(), query)[0] == 403
    target = "/wechat?" + urllib.parse.urlencode({**query, "echostr": "e"})
    assert b" 403 " in exchange(door, "GET", target, b"").split(b"\r\n")[0]
    assert nothing_saved(door)


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_push_from_another_time_is_taken_without_an_answer_and_nothing_is_done(
    door: Running, caplog: pytest.LogCaptureFixture, seconds: float
) -> None:
    query = query_at(time.time() + seconds)
    assert post(door, GOOD.format("hi", 1).encode(), query) == (200, b"")
    assert nothing_saved(door)
    assert "event=stale " in caplog.text
    assert "is this machine's clock right?" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<xml>",
        b"\xff\xfe\x00",
        b"{}",
        b"[]",
        b'{"ToUserName": 5}',
        b"<xml><a/></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        GOOD.format("hi", "not-a-number").encode(),
        GOOD.format("hi", 1).replace("<MsgId>1</MsgId>", "").encode(),
        GOOD.format("hi", 1).replace("FromUserName", "Sender").encode(),
    ],
)
def test_a_signed_push_that_cannot_be_read_is_taken_without_an_answer_and_told_of(
    door: Running, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(door, body) == (200, b""), "anything else is the grey line for the follower"
    assert nothing_saved(door)
    [line] = [line for line in caplog.messages if "event=unreadable" in line]
    assert "reason=" in line


def test_a_body_over_64_kib_is_taken_without_an_answer_declared_or_not(door: Running) -> None:
    body = GOOD.format("x" * 70_000, 1).encode()
    assert post(door, body) == (200, b"")
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN))
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    answer = exchange(door, "POST", target, chunk, "Transfer-Encoding: chunked\r\n")
    assert b" 200 " in answer.split(b"\r\n")[0]
    assert nothing_saved(door)


@pytest.mark.parametrize(
    ("method", "target", "status", "named"),
    [
        ("PUT", "/wechat", 405, "PUT /wechat"),
        ("DELETE", "/wechat/", 405, "DELETE /wechat/"),
        ("GET", "/", 404, "GET /"),
        ("POST", "/wx?openid=o-one&signature=0", 404, "POST /wx"),
        ("POST", "/wechat%3Fsignature=0&openid=o-one", 404, "POST /wechat…"),
        ("o-one", "/wechat", 405, "another method /wechat"),
        ("GET", "/%0aevent=x%ff%22", 404, "GET /…"),
        ("POST", "/oSECRETopenid9999XXXXXXXXXX_-", 404, "POST /…"),
        ("POST", "/wechat/x=oSECRETopenid9999XXXXXXXXXX_-/a", 404, "POST /wechat/x…"),
        ("POST", "/hook/x.oSECRETopenid9999XXXXXXXXXX_-/b", 404, "POST /hook/…/b"),
        ("POST", f"/{'ab/' * 18}oSECRETopenid9999XXXXXXXXXX_-", 404, f"POST /{'ab/' * 18}…"),
        ("GET", "/" + "x" * 500, 404, "GET /" + "x" * 59 + "…"),
    ],
)
def test_other_methods_and_paths_are_refused_in_few_words_that_name_what_is_served(
    door: Running,
    caplog: pytest.LogCaptureFixture,
    method: str,
    target: str,
    status: int,
    named: str,
) -> None:
    caplog.set_level("WARNING")
    answer = exchange(door, method, target, b"")
    assert f" {status} ".encode() in answer.split(b"\r\n")[0]
    assert len(answer.partition(b"\r\n\r\n")[2]) < 60
    why = f"{named} came, and /wechat is served, by GET and POST: see server.path"
    assert [r.getMessage() for r in caplog.records if "turned_away" in r.getMessage()] == [
        f'event=turned_away status={status} reason="{why}"'
    ]


def test_slashes_too_many_are_none(app: Running) -> None:
    app.model.always(text="好。")
    for number, path in enumerate(["/wechat", "/wechat/", "//wechat", "//wechat/"]):
        query = urllib.parse.urlencode(signed(TOKEN) | {"echostr": "e-7"})
        assert exchange(app, "GET", f"{path}?{query}", b"").endswith(b"\r\n\r\ne-7"), path
        query = urllib.parse.urlencode(signed(TOKEN))
        push = GOOD.format("hi", number).replace("<CreateTime>1", f"<CreateTime>{number}").encode()
        assert "好。".encode() in exchange(app, "POST", f"{path}?{query}", push), path


def test_a_browser_is_told_from_a_wrong_token(
    door: Running, caplog: pytest.LogCaptureFixture
) -> None:
    assert b" 403 " in exchange(door, "GET", "/wechat", b"").split(b"\r\n")[0]
    assert "no signature: a browser" in caplog.text
    wrong = urllib.parse.urlencode(signed("another-token") | {"echostr": "e"})
    assert b" 403 " in exchange(door, "GET", f"/wechat?{wrong}", b"").split(b"\r\n")[0]
    assert "is wechat.token the one in WeChat's console?" in caplog.text


@pytest.mark.parametrize(
    ("seconds", "said"), [(600, "behind"), (-600, "ahead of"), (200, ""), (-200, "")]
)
def test_a_wrong_clock_is_told_of_when_wechat_checks_the_url(
    app: Running, caplog: pytest.LogCaptureFixture, seconds: float, said: str
) -> None:
    query = urllib.parse.urlencode(query_at(time.time() + seconds) | {"echostr": "e"})
    assert exchange(app, "GET", f"/wechat?{query}", b"").endswith(b"\r\n\r\ne")
    told = [line for line in caplog.messages if "event=clock_wrong" in line]
    assert len(told) == (1 if said else 0)
    assert all(re.search(rf"it is (599|60\d) s {said} WeChat's", line) for line in told)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_that_is_not_utf_8_gets_a_400(door: Running, method: str) -> None:
    answer = exchange(door, method, "/wechat?signature=%ff%fe&timestamp=1&nonce=%ff", b"")
    assert b" 400 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize("chunks", [b"zzz\r\nabc", b"5;\r\nab", b"-1\r\n\r\n"])
def test_chunks_that_are_none_end_the_try_without_a_word_so_that_another_comes(
    door: Running, chunks: bytes
) -> None:
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN))
    address = ("127.0.0.1", door.server.server_port)
    with socket.create_connection(address, 10) as connection:
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + chunks)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    assert nothing_saved(door)


def test_no_bad_request_leaves_a_traceback(
    door: Running, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for body in (b"", b"<xml>", GOOD.format("]]&gt; \x0b", 1).encode()):
        post(door, body)
    exchange(door, "GET", "/wechat?%ff=%fe", b"")
    exchange(door, "NONSENSE\x01", "/", b"")
    assert "Traceback" not in caplog.text + capfd.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["]]>", "&lt;b&gt;", "emoji 👨‍👩‍👧 \U0001f600", "x" * 10_000, "a\tb\nc", "'; DROP TABLE--"],
)
def test_odd_texts_come_through_as_they_are(app: Running, text: str) -> None:
    app.model.will(text="好]]>的")
    assert app.follower("o'\"quoted").say(text).seen == "好]]>的"
    assert app.model.questions == [text.strip()]


def test_a_signature_is_good_for_one_message_only(app: Running) -> None:
    query = query_at(time.time())
    assert post(app, GOOD.format("a", 1).encode(), query)[0] == 200
    assert post(app, GOOD.format("a", 1).encode(), query)[0] == 200
    assert post(app, GOOD.format("b", 2).encode(), query)[0] == 403
    assert app.one("SELECT count(*) FROM messages") == 1


@pytest.mark.parametrize("event", ["LOCATION", "unsubscribe", "subscribe"])
def test_a_signature_of_an_event_is_good_for_nothing_else(app: Running, event: str) -> None:
    query = query_at(time.time())
    made = "<CreateTime>1</CreateTime><MsgType>event</MsgType><Event>{}</Event></xml>"
    head = GOOD.partition("<CreateTime>")[0]
    for _ in range(2):
        assert post(app, (head + made.format(event)).encode(), query)[0] == 200
    assert post(app, GOOD.format("b", 2).encode(), query)[0] == 403
    assert post(app, (head + made.format("SCAN")).encode(), query)[0] == 403
    assert post(app, (head + made.format("unsubscribe")).encode(), query)[0] == (
        200 if event == "unsubscribe" else 403
    )
    assert app.model.questions == []


def test_a_signature_is_not_good_for_longer_than_tries_last(app: Running) -> None:
    query = query_at(time.time())
    body = GOOD.format("a", 1).encode()
    assert post(app, body, query)[0] == 200
    app.huixin.db.write(
        lambda db: db.execute("UPDATE signatures SET seen_at = seen_at - 21").rowcount
    )
    assert post(app, body, query)[0] == 403


def test_a_kind_that_nobody_knows_needs_no_message_id(app: Running) -> None:
    body = GOOD.format("hi", 1).replace(">text<", ">hologram<").replace("<MsgId>1</MsgId>", "")
    assert post(app, body.encode()) == (200, b"")


@pytest.mark.parametrize(
    "forbidden", ["\x00", "\x0b", "\x1b", "\ufffe", "\ud800", "\udc00\ud800"], ids=ascii
)
def test_what_no_xml_can_hold_is_left_out_of_the_question(app: Running, forbidden: str) -> None:
    push = {"ToUserName": "gh", "FromUserName": "o", "CreateTime": 1, "MsgType": "text"}
    as_json = json.dumps(push | {"Content": f"a{forbidden}b", "MsgId": 1})
    as_xml = GOOD.format(f"a{forbidden}b", 2).encode("utf-8", "surrogatepass")
    assert [post(app, body)[0] for body in (as_json.encode(), as_xml)] == [200, 200]
    assert app.model.questions == ["ab", "ab"]


def test_an_empty_text_is_told_so(app: Running) -> None:
    for number, text in enumerate(("", "   ", "<![CDATA[]]>"), 1):
        status, reply = post(app, GOOD.format(text, number).encode())
        assert (status, Texts().empty_message in reply.decode()) == (200, True)
    assert app.model.asked == []


def test_a_client_that_sends_slowly_is_cut(app: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "TRY_SECONDS", 0.5)
    address = ("127.0.0.1", app.server.server_port)
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN))
    with socket.create_connection(address, 20) as connection:
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<xml>"
        connection.sendall(head.encode())
        began = time.monotonic()
        connection.settimeout(10)
        with suppress(ConnectionResetError):
            assert connection.recv(1000) == b"", "without a word: WeChat tries again"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("name", ["一个秘密", "oSECRETopenid9999XXXXXXXXXX_-", "a.b", "x" * 60])
def test_of_a_kind_or_an_event_that_is_not_known_no_odd_name_is_told(
    app: Running, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level("INFO")
    event = GOOD.replace("text", "event").replace("<Content>{}</Content>", "<Event>{}</Event>")
    assert post(app, event.format(name, 1).encode())[0] == 200
    assert post(app, event.format("user_pays", 1).encode())[0] == 200
    told = [line for line in caplog.messages if line.startswith("event=ignored ")]
    assert [line.rpartition(" name=")[2] for line in told] == ["another", "user_pays"]
    assert name not in caplog.text and name.lower() not in caplog.text
