"""`--check --url`: the public URL, asked as WeChat asks, and what each other answer means."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from gevent.event import Event
from gevent.server import StreamServer

from integrations.wechat import url_check
from service.checks.finding import Finding, Mark
from service.checks.own_url import own_url
from service.checks.subject import Subject
from settings.schema import Settings
from tests.checks.looking import answering
from tests.deploy.proxies import in_front
from tests.dialects.test_networks import certificate
from tests.running import Running, running

Respond = Callable[[dict[str, Any], Callable[..., object]], list[bytes]]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, server={"port": 0, "stop_seconds": 0.2, "health": "off"}) as app:
        yield app


def found(url: str, settings: Settings) -> dict[str, Finding]:
    subject = Subject(settings, Path("my.yml"), url, lambda: pytest.fail("nothing is stored"))
    return {finding.what: finding for finding in own_url(subject)}


def marks(findings: dict[str, Finding]) -> dict[str, str]:
    return {what: str(finding.mark) for what, finding in findings.items()}


def test_a_server_that_answers_rightly_is_told_so_with_both_endings(app: Running) -> None:
    for url in (app.url, f"{app.url}/"):
        said = found(url, app.settings())
        assert marks(said) == {
            "URL, its place": "✗",  # a port that WeChat does not call
            "URL, asked as WeChat asks": "✓",
            "URL, with the other ending": "✓",
            "URL, asked with a wrong signature": "✓",
            "who asks, as the server sees it": "!",
            "pages for monitors": "✓",
        }


def test_a_server_with_another_token_refuses(app: Running) -> None:
    settings = app.settings().but(wechat={"token": "another"})
    answer = found(app.url, settings)["URL, asked as WeChat asks"]
    assert (answer.mark, answer.cure[:37]) == (Mark.WRONG, "the server there has another wechat.t")
    assert "HTTP 403, refused" in answer.found


def echo(environ: dict[str, Any]) -> bytes:
    return str(parse_qs(environ["QUERY_STRING"])["echostr"][0]).encode()


def status(line: str, body: bytes = b"", **headers: str) -> Respond:
    def respond(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response(line, list(headers.items()))
        return [body]

    return respond


def around(before: bytes, after: bytes) -> Respond:
    def respond(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [])
        return [before + echo(environ) + after]

    return respond


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (
            status("301 Moved", Location="/wechat/?a=b"),
            "a redirect to http://127.0.0.1:{port}/wechat/",
        ),
        (
            status("302 Found", Location="https://example.com/"),
            "a redirect to https://example.com/",
        ),
        (status("404 Not Found"), "the path must be server.path, /wechat"),
        (status("502 Bad Gateway", b"<html>"), "the proxy does not reach the server"),
        (status("500 Oh"), "see the logs"),
        (status("200 OK", b"<html>hello"), "another program answers there"),
        (around(b"\xef\xbb\xbf", b""), "the echo with something around it"),
        (around(b"", b"\n"), "the echo with something around it"),
        (around(b'"', b'"'), "something else than the echo"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_wrong_answer_is_named_with_its_cure(
    app: Running, respond: Respond, words: str
) -> None:
    with answering(respond) as url:
        said = found(url, app.settings())
    answer = said.pop("URL, asked as WeChat asks")
    assert answer.mark == Mark.WRONG
    assert words.format(port=url.split(":")[2].partition("/")[0]) in f"{answer.found} {answer.cure}"
    assert "echostr" not in answer.line and "signature" not in answer.line
    assert list(said) == ["URL, its place"], "the rest would only repeat it"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/wechat", "nobody listens there"),
        ("https://127.0.0.1:{port}/wechat", "no TLS is spoken there"),
        ("http://no-such-name.invalid/wechat", "the name is not known"),
    ],
)
def test_where_nothing_answers_the_reason_is_named(app: Running, url: str, words: str) -> None:
    url = url.format(port=app.server.server_port)
    assert words in found(url, app.settings())["URL, asked as WeChat asks"].cure


def test_who_closes_or_never_answers_is_told_apart(
    app: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(url_check, "TRY_SECONDS", 0.3)

    def closes(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        raise ConnectionAbortedError(32, "no answer")

    def never(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        stopping.wait()
        return []

    stopping = Event()
    for respond, cure in ((closes, "closes the connection"), (never, "open ports 80 and 443")):
        with answering(respond) as url:
            assert cure in found(url, app.settings())["URL, asked as WeChat asks"].cure
    stopping.set()


def test_a_certificate_that_wechat_would_not_take_is_named(app: Running, tmp_path: Path) -> None:
    file = certificate(tmp_path, x509.DNSName("wechat.example.com"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = StreamServer(("127.0.0.1", 0), lambda *_: None, ssl_context=context)
    server.start()
    try:
        said = found(f"https://127.0.0.1:{server.server_port}/wechat", app.settings())
    finally:
        server.stop()
    assert "renew it, with its whole chain" in said["URL, asked as WeChat asks"].cure


@pytest.mark.parametrize(
    "url",
    [
        "wechat.example.com/wechat",
        "ftp://a/b",
        "https://a/b?c=d",
        "http://a:99999/b",
        f"http://{'a' * 64}/b",
    ],
)
def test_what_is_no_url_of_the_console_is_refused(app: Running, url: str) -> None:
    assert [finding.mark for finding in found(url, app.settings()).values()] == [Mark.WRONG]


def test_a_program_that_answers_everybody_is_not_this_one(app: Running) -> None:
    with answering(around(b"", b"")) as url:
        said = found(url, app.settings())
    assert said["URL, asked with a wrong signature"].mark == Mark.WRONG
    assert said["who asks, as the server sees it"].found == "it does not say"


def passing_on(app: Running, *, forwarded: str | None) -> Respond:
    """A proxy that sets X-Forwarded-For so, or drops it; `"as it came"` leaves it."""

    def respond(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        came = environ.get("HTTP_X_FORWARDED_FOR")
        passed = came if forwarded == "as it came" else forwarded
        headers = {url_check.CHECKING: "1"} | ({"X-Forwarded-For": passed} if passed else {})
        url = f"{app.url}?{environ['QUERY_STRING']}"
        answer = url_check.ask(url, {}, headers)
        saw = answer.headers.get(url_check.SAW.lower(), "")
        start_response(f"{answer.status} as it came", [(url_check.SAW, saw)])
        return [answer.body]

    return respond


@pytest.mark.parametrize(
    ("trusted", "forwarded", "mark", "words"),
    [
        (("127.0.0.1",), "as it came", Mark.WRONG, "anybody can pretend to be WeChat"),
        (("127.0.0.1",), None, Mark.WRONG, "127.0.0.1 for everybody: the proxy names nobody"),
        ((), "203.0.113.9", Mark.WRONG, "127.0.0.1 for everybody: it is no trusted proxy"),
        (("127.0.0.1",), "203.0.113.9", Mark.FINE, "203.0.113.9"),
        (("127.0.0.1",), "192.0.2.1, 203.0.113.9", Mark.FINE, "203.0.113.9"),
    ],
)
def test_a_proxy_that_hides_who_asks_or_believes_it_is_seen(
    tmp_path: Path, trusted: tuple[str, ...], forwarded: str | None, mark: Mark, words: str
) -> None:
    server = {"port": 0, "stop_seconds": 0.2, "trusted_proxies": trusted}
    with running(tmp_path, server=server) as app:
        settings = app.settings().but(wechat={"ip_detection": True})
        with answering(passing_on(app, forwarded=forwarded)) as url:
            said = found(url, settings)["who asks, as the server sees it"]
    assert (said.mark, said.found[: len(words)]) == (mark, words)


def test_pages_for_monitors_that_strangers_get_are_seen(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        said = found(app.url, app.settings())["pages for monitors"]
        assert (said.mark, said.found) == (Mark.WRONG, "/healthz is shown to everybody")


def test_nginx_with_the_sample_is_as_it_should_be_and_tells_when_the_server_is_gone(
    tmp_path: Path,
) -> None:
    server = {"port": 0, "stop_seconds": 0.2, "trusted_proxies": ("127.0.0.1",)}
    with running(tmp_path, server=server) as app:
        with in_front("nginx", tmp_path, app.server.server_port or 0) as port:
            url, settings = f"http://127.0.0.1:{port}/wechat", app.settings()
            said = found(url, settings)
            del said["URL, its place"]
            assert [each.line for each in said.values() if each.mark != Mark.FINE] == []
            app.huixin.stop(app.server)
            gone = found(url, settings)["URL, asked as WeChat asks"]
            assert "the server behind it does not run" in gone.cure
            app.start()


def test_only_who_signs_is_told_whom_the_server_sees(app: Running) -> None:
    headers = {url_check.CHECKING: "1"}
    signed = url_check.ask_as_wechat(app.url, "aToken1", headers)
    assert json.loads(signed.headers[url_check.SAW.lower()])["peer"] == "127.0.0.1"
    unsigned = url_check.ask_as_wechat(app.url, "another", headers)
    assert url_check.SAW.lower() not in unsigned.headers
