"""The stand-in for WeChat does to a server what the protocol sheet says WeChat does."""

import time

import gevent
import pytest
from wechatpy import parse_message
from wechatpy.utils import check_signature

from sandbox.follower import GREY_LINE, Follower, SeenTry
from tests.sandbox.scripted import (
    ACCOUNT,
    OPEN_ID,
    TOKEN,
    Request,
    Server,
    answers,
    hangs_up,
    holds,
    http,
    replies,
    reply_xml,
    results,
    text_xml,
)

# What the follower sees


def test_a_reply_to_the_first_try_is_seen_and_ends_the_message(
    server: Server, follower: Follower
) -> None:
    server.will(replies("你好！\n<a href='x'>y</a>"))
    fate = follower.say("你好")
    assert fate.seen == fate.reply == "你好！\n<a href='x'>y</a>"
    assert (fate.kind, fate.media_id) == ("text", None)
    assert results(fate.tries) == ["reply"]
    assert fate.delivered == fate.tries[0]
    assert fate.delivered.status == 200


def test_a_voice_is_seen_as_one_and_its_media_id_told(server: Server, follower: Follower) -> None:
    inside = "<MsgType>voice</MsgType><Voice><MediaId><![CDATA[m-1]]></MediaId></Voice>"
    server.will(answers(reply_xml(inside)))
    fate = follower.say("唱歌")
    assert (fate.kind, fate.media_id, fate.reply) == ("voice", "m-1", None)
    assert fate.seen == "[voice]"


@pytest.mark.parametrize("body", [b"", b"success"])
def test_an_empty_answer_ends_the_message_with_nothing_to_see(
    server: Server, follower: Follower, body: bytes
) -> None:
    server.will(answers(body), replies("too late"))
    fate = follower.say("你好")
    assert results(fate.tries) == ["empty"]
    assert (fate.seen, fate.reply) == ("", None)


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
    fate = follower.say("你好")
    assert results(fate.tries) == ["malformed"]
    assert fate.seen == GREY_LINE
    assert fate.kind is None


def test_a_text_of_2048_bytes_is_still_shown(server: Server, follower: Follower) -> None:
    longest = "长" * 682 + "!!"
    server.will(replies(longest))
    assert follower.say("你好").seen == longest


# Tries


def test_a_try_without_an_answer_is_dropped_after_its_time_and_made_three_times(
    server: Server, hasty: Follower
) -> None:
    server.will(holds)
    fate = hasty.say("你好")
    assert results(fate.tries) == ["dropped"] * 3
    assert [ended.number for ended in fate.tries] == [1, 2, 3]
    assert all(0.2 <= ended.seconds < 1 for ended in fate.tries)
    assert fate.tries[2].started >= 0.4
    assert (fate.seen, fate.delivered, fate.seen_after) == (GREY_LINE, None, None)


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
    fate = hasty.say("你好")
    assert results(fate.tries) == ["dropped", "reply"]
    assert fate.seen == "好了"
    assert fate.seen_after is not None
    assert 0.2 <= fate.seen_after < 1


def test_a_server_that_hangs_up_is_tried_again_before_the_try_would_have_ended(
    server: Server,
) -> None:
    server.will(hangs_up, replies("好了"))
    fate = Follower(server.url, TOKEN).say("你好")
    assert results(fate.tries) == ["dropped", "reply"]
    assert fate.tries[1].started < 2


def test_a_refused_connection_is_a_failed_try_at_once(closed_port: int) -> None:
    fate = Follower(f"http://127.0.0.1:{closed_port}", TOKEN).say("你好")
    assert results(fate.tries) == ["refused"] * 3
    assert fate.seen == GREY_LINE
    assert fate.tries[2].started < 2


def test_an_http_error_may_be_followed_by_a_good_answer(server: Server, follower: Follower) -> None:
    server.will(answers(b"oops", "500 Oops"), replies("好了"))
    fate = follower.say("你好")
    assert results(fate.tries) == ["malformed", "reply"]
    assert fate.seen == "好了"


def test_an_http_error_to_every_try_is_the_grey_line(server: Server, follower: Follower) -> None:
    server.will(answers(reply_xml(text_xml("hi")), "301 Moved"))
    fate = follower.say("你好")
    assert results(fate.tries) == ["malformed"] * 3
    assert fate.seen == GREY_LINE


def test_an_answer_that_is_not_http_is_malformed(server: Server, follower: Follower) -> None:
    server.will(lambda request: request.answer(b"hello\r\n\r\n"), replies("好了"))
    assert results(follower.say("你好").tries) == ["malformed", "reply"]


def test_an_answer_that_drips_does_not_make_a_try_longer(server: Server, hasty: Follower) -> None:
    def drips(request: Request) -> None:
        for byte in http(reply_xml(text_xml("hi"))):
            request.answer(bytes([byte]))
            gevent.sleep(0.05)

    server.will(drips)
    fate = hasty.say("你好")
    assert results(fate.tries) == ["dropped"] * 3
    assert all(ended.seconds < 1 for ended in fate.tries)


def test_an_answer_is_over_when_it_says_so_and_not_when_the_server_closes(
    server: Server, follower: Follower
) -> None:
    def keeps_open(request: Request) -> None:
        replies("hi")(request)
        request.wait_for_hang_up()

    server.will(keeps_open)
    fate = follower.say("你好")
    assert (fate.seen, fate.tries[0].seconds < 4) == ("hi", True)


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
    told: list[SeenTry] = []
    server.will(hangs_up, replies("hi"))
    fate = Follower(server.url, TOKEN, on_try=told.append).say("你好")
    assert told == fate.tries


def test_waiting_followers_do_not_hold_each_other_up(server: Server, hasty: Follower) -> None:
    server.will(holds)
    began = time.monotonic()
    gevent.joinall([gevent.spawn(hasty.say, "你好") for _ in range(20)], raise_error=True)
    assert time.monotonic() - began < 6  # one by one: 12 s
