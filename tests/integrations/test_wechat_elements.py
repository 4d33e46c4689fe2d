"""The elements of a push come out as a follower wrote them, less what XML cannot hold."""

import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given

from integrations.wechat.elements import ADJOINING, read
from integrations.wechat.messages import parse
from tests.integrations.pushed import (
    EVENT,
    TEXT,
    anything,
    as_json,
    as_xml,
    legal,
    permitted,
    raw,
    readable,
)

PIECES = ["]]>", "]]", "]", ">", "<![CDATA[", "</Content>", "<Content>", "<MsgId>7</MsgId>"]
ODD = ["<xml>", "</xml>", "<FromUserName>", "&#0;", "&amp;", "\0", "\x1b", "\ud800", "\r\n"]
VOICE = {name: value for name, value in TEXT.items() if name != "Content"} | {"MsgType": "voice"}
awkward = st.lists(anything | st.sampled_from(PIECES + ODD)).map("".join)


@given(written=awkward)
@example(written=":")
@example(written="if (a[b[0]]>c) {}")
@example(written="]]></Content><MsgId>7</MsgId><Content><![CDATA[")
def test_what_stands_in_cdata_as_it_was_written_comes_out_so(written: str) -> None:
    assume(ADJOINING not in readable(written))
    push = parse(raw(TEXT | {"Content": written}))
    assert push.text == readable(written)
    assert (push.open_id, push.msg_id) == (TEXT["FromUserName"], TEXT["MsgId"])
    voice = parse(raw(VOICE | {"Recognition": written}))
    heard = readable(written).strip()
    assert voice.text == (heard if any(map(str.isalnum, heard)) else ""), "marks are a silence"
    assert parse(raw(EVENT | {"EventKey": written})).event_key == readable(written)


@given(written=awkward)
def test_what_is_escaped_in_json_comes_out_as_it_was_written(written: str) -> None:
    assert parse(as_json(TEXT | {"Content": written})).text == permitted(written)


@given(written=legal)
def test_what_an_xml_writer_escapes_comes_out_as_it_was_written(written: str) -> None:
    assert parse(as_xml(TEXT | {"Content": written})).text == written


def test_two_adjoining_sections_are_one_text() -> None:
    escaped = "a]]>b".replace("]]>", "]]]]><![CDATA[>")
    assert parse(raw(TEXT | {"Content": escaped})).text == "a]]>b"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&#65;&#x42;&#x1F600;", "AB😀"),
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
        ("a&#0;&#31;&#xD800;&#xFFFE;&#1114112;&#x7fffffff;b", "a&#x7fffffff;b"),
        ("&nbsp;&who;&;&#;&#x;&amp;lt;", "&nbsp;&who;&;&#;&#x;&lt;"),
        ("a<b>c</b>", "a<b>c</b>"),
    ],
)
def test_a_reference_is_the_character_that_it_means_and_anything_else_is_text(
    written: str, meant: str
) -> None:
    body = as_xml(TEXT | {"Content": "@"}).replace(b"@", written.encode())
    assert parse(body).text == meant


def test_the_first_of_a_name_counts() -> None:
    twice = b"<xml><MsgId>1</MsgId><MsgId>2</MsgId><Event/><Event>a</Event></xml>"
    assert read(twice) == ({"MsgId": "1", "Event": ""}, False)


def test_what_stands_in_other_elements_is_no_element() -> None:
    label = b"<Label><![CDATA[<MsgId>9</MsgId>]]></Label><Poi><Poiname>a</Poiname></Poi>"
    assert read(b"<xml>" + label + b"<MsgId>1</MsgId></xml>") == ({"MsgId": "1"}, False)


@pytest.mark.parametrize(
    "piece", [b"<Content><![CDATA[", b"<MsgId>", b"<![CDATA[", b"]]>", b"<a>", b"]]></Content>"]
)
def test_what_is_never_closed_ends_the_reading(piece: bytes) -> None:
    fields, _ = read(b"<xml><MsgType>text</MsgType>" + piece * 30_000)
    assert fields == {"MsgType": "text"}
