"""What a follower posts, taps and verifies is what WeChat would."""

import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from wechatpy import parse_message
from wechatpy.utils import check_signature

from sandbox.follower import Follower, NothingListens
from sandbox.wire import NothingToTap, tap, to_xml
from tests.sandbox.scripted import (
    ACCOUNT,
    OPEN_ID,
    TOKEN,
    Request,
    Server,
    answers,
    hangs_up,
    http,
    link,
    readable,
    replies,
)

# What is posted, read by a library that many servers use


def test_a_text_is_posted_as_wechat_does(server: Server, follower: Follower) -> None:
    server.will(replies("hi"))
    fate = follower.say("你好 ]]> <b>&amp;")
    message = parse_message(server.requests[0].body)
    assert (message.type, message.content) == ("text", "你好 ]]> <b>&amp;")
    assert (message.source, message.target) == (OPEN_ID, ACCOUNT)
    assert str(message.id) == fate.msg_id
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
    fate = follower.send_event("subscribe")
    event = parse_message(server.requests[0].body)
    assert (event.type, event.event) == ("event", "subscribe")
    assert b"MsgId" not in server.requests[0].body
    assert fate.msg_id is None


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
