"""What has come on a new connection is looked at; only a whole, plain POST is answered at once."""

import socket
from collections.abc import Iterator

import pytest

from service.http.listener import IN_A_ROW, Listener
from service.http.told_at_once import Post, PuttingOff, response, whole_post

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


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection, which do not block."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()


@pytest.mark.parametrize("has_to_wait", [False, True])
def test_a_connection_is_put_off_where_its_judge_need_not_wait_or_can(
    pair: tuple[socket.socket, socket.socket], has_to_wait: bool
) -> None:
    ours, theirs = pair
    judge = PuttingOff(lambda: True, lambda post, peer: b"<xml>", lambda: has_to_wait)
    assert not judge.done(ours, "127.0.0.1", can_wait=has_to_wait), "nothing has come yet"
    theirs.send(POST)
    assert not judge.done(ours, "127.0.0.1", can_wait=not has_to_wait)
    assert judge.done(ours, "127.0.0.1", can_wait=has_to_wait)
    assert theirs.recv(1000).endswith(b"<xml>")


def test_while_all_is_well_nothing_is_looked_at(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.send(POST)
    assert not PuttingOff(told=lambda post, peer: b"<xml>").done(ours, "", can_wait=False)
    assert ours.recv(1000) == POST


def test_processes_that_share_a_socket_leave_the_next_to_the_others_unless_there_is_too_much() -> (
    None
):
    too_much = False
    with socket.create_server(("127.0.0.1", 0)) as shared:
        listener = Listener(
            shared, lambda *_: (), places=1, putting_off=PuttingOff(lambda: too_much)
        )
        assert listener.max_accept == 1
        too_much = True
        assert listener.max_accept == IN_A_ROW
