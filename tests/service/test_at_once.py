"""What has come on a new connection is looked at; only a whole, plain POST is answered at once."""

import pytest

from service.http.told_at_once import Post, response, whole_post

BODY = b"<xml>..</xml>"
POST = (
    b"POST /wechat?signature=a&nonce=b%20c HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n" + BODY
)


def test_a_whole_post_is_read() -> None:
    post = whole_post(POST)
    assert post == Post("/wechat", {"signature": "a", "nonce": "b c"}, BODY)


def test_whom_a_proxy_names_is_read_too() -> None:
    post = whole_post(POST.replace(b"Host: x", b"x-forwarded-for: 1.2.3.4\r\nX-Forwarded-For: 5"))
    assert post and post.forwarded_for == "1.2.3.4,5"


@pytest.mark.parametrize(
    "came",
    [
        b"",
        POST[:-1],
        POST[:40],
        POST + b"GET / HTTP/1.1\r\n\r\n",
        POST.replace(b"POST", b"GET"),
        POST.replace(b"Content-Length: 13\r\n", b""),
        POST.replace(b"Host: x", b"Content-Length: 13"),
        POST.replace(b"Host: x", b"Transfer-Encoding: chunked"),
        POST.replace(b"Host: x", b"Expect: 100-continue"),
        POST.replace(b"13", b"+13"),
        POST.replace(b"signature", b"\xff"),
        POST.replace(b" HTTP/1.1", b""),
    ],
)
def test_everything_else_goes_the_usual_way(came: bytes) -> None:
    assert whole_post(came) is None
    assert response(came, "127.0.0.1", lambda post, peer: b"never") is None


def test_what_is_told_is_a_whole_response() -> None:
    told = response(POST, "127.0.0.1", lambda post, peer: b"<xml>")
    assert told and told.endswith(b"Content-Length: 5\r\nConnection: close\r\n\r\n<xml>")
    assert response(POST, "127.0.0.1", lambda post, peer: None) is None
