"""What a push says, which bodies are no push, and what a reply looks like."""

import json
import traceback
from collections.abc import Mapping
from dataclasses import astuple
from xml.etree import ElementTree

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.parser import parse_message
from wechatpy.replies import deserialize_reply
from wechatpy.utils import check_signature

from integrations import IntegrationError
from integrations.wechat.messages import (
    FieldMalformed,
    FieldMissing,
    ForbiddenXml,
    Kind,
    NotXml,
    Push,
    PushRefused,
    StillEncrypted,
    is_signed,
    parse,
    parse_envelope,
    render_text,
    render_voice,
    signature,
)

unhurried = settings(deadline=None)

TEXT: dict[str, str] = {
    "ToUserName": "gh_97417a04a28d",
    "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "CreateTime": "1714112445",
    "MsgType": "text",
    "Content": "你好",
    "MsgId": "23456789012345678",
}
EVENT: dict[str, str] = {
    **{name: TEXT[name] for name in ("ToUserName", "FromUserName", "CreateTime")},
    "MsgType": "event",
    "Event": "CLICK",
    "EventKey": "V1001_TODAY",
}
# What anybody may send: any character there is, lone surrogates too.
anything = st.text(st.characters(exclude_categories=[]))
# What comes out of XML as it went in.
legal = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
words = legal.filter(bool)
addresses = st.text("abcXYZ019_-@.我", min_size=1, max_size=128)
digits = st.integers(0, 2**64 - 1).map(str)


def as_xml(fields: Mapping[str, str]) -> bytes:
    """The fields as an XML writer that is not ours writes them."""
    root = ElementTree.Element("xml")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    return ElementTree.tostring(root, encoding="unicode").encode()


def as_json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields).encode()


def text_push(**other: str) -> Push:
    return parse(as_xml(TEXT | other))


def event_push(**other: str) -> Push:
    return parse(as_xml(EVENT | other))


def permitted(text: str) -> str:
    """The characters that XML can hold, by the list in its standard (2.2)."""
    ranges = [(0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
    return "".join(c for c in text if c in "\t\n\r" or any(a <= ord(c) <= b for a, b in ranges))


def readable(text: str) -> str:
    """What is left of a text once XML has carried it: it knows one kind of line end (2.11)."""
    return permitted(text).replace("\r\n", "\n").replace("\r", "\n")


# Signatures


@pytest.mark.parametrize(
    ("timestamp", "nonce", "expected"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ],
)
def test_the_signatures_of_the_documentation_are_right(
    timestamp: str, nonce: str, expected: str
) -> None:
    assert signature("AAAAA", timestamp, nonce) == expected
    assert signature(nonce, "AAAAA", timestamp) == expected  # whatever the order
    assert is_signed("AAAAA", signature=expected, timestamp=timestamp, nonce=nonce)


@pytest.mark.parametrize(
    "other",
    [
        {"signature": "f464b24fc39322e44b38aa78f5edd27bd1441697"},
        {"signature": "F464B24FC39322E44B38AA78F5EDD27BD1441696"},
        {"signature": ""},
        {"signature": "签名"},
        {"signature": "\ud800"},
        {"timestamp": "1714036505"},
        {"timestamp": ""},
        {"nonce": "1514711493"},
        {"nonce": "\ud800"},
    ],
)
def test_anything_else_than_the_signature_is_no_signature(other: dict[str, str]) -> None:
    right = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    assert not is_signed("AAAAA", **(right | other))


def test_another_token_makes_another_signature() -> None:
    signed = signature("AAAAA", "1714036504", "1514711492")
    assert not is_signed("AAAAB", signature=signed, timestamp="1714036504", nonce="1514711492")


def test_nothing_is_signed_by_an_empty_token() -> None:
    anybody = signature("", "1714036504", "1514711492")
    assert not is_signed("", signature=anybody, timestamp="1714036504", nonce="1514711492")


@unhurried
@given(token=anything.filter(bool), timestamp=anything, nonce=anything, given_instead=anything)
def test_any_text_can_be_checked(
    token: str, timestamp: str, nonce: str, given_instead: str
) -> None:
    signed = signature(token, timestamp, nonce)
    assert is_signed(token, signature=signed, timestamp=timestamp, nonce=nonce)
    assert not is_signed(token, signature=given_instead, timestamp=timestamp, nonce=nonce)


@unhurried
@given(token=words, timestamp=legal, nonce=legal)
def test_wechatpy_agrees_about_signatures(token: str, timestamp: str, nonce: str) -> None:
    check_signature(token, signature(token, timestamp, nonce), timestamp, nonce)
    with pytest.raises(InvalidSignatureException):
        check_signature(token, signature(token + "x", timestamp, nonce), timestamp, nonce)


# Reading pushes


def test_a_text_message_is_read() -> None:
    assert text_push() == Push(
        account="gh_97417a04a28d",
        open_id="o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        created=1714112445,
        kind=Kind.TEXT,
        msg_type="text",
        msg_id="23456789012345678",
        text="你好",
        media_id="",
        media_id_16k="",
        voice_format="",
        event="",
        event_key="",
    )


def test_a_push_as_wechat_prints_it_is_read() -> None:
    push = parse(
        b"<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n"
        b"<FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName>\n"
        b"<CreateTime>1714112445</CreateTime>\n"
        b"<MsgType><![CDATA[text]]></MsgType>\n"
        b"<Content><![CDATA[a < b && c]]></Content>\n"
        b"<MsgId>23456789012345678</MsgId>\n</xml>"
    )
    assert push == text_push(Content="a < b && c")


@pytest.mark.parametrize("before", [b"\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blanks_and_a_byte_order_mark_before_a_push_do_no_harm(before: bytes) -> None:
    assert parse(before + as_xml(TEXT)) == parse(before + as_json(TEXT)) == text_push()


@pytest.mark.parametrize("encoding", ["UTF-8", "gbk", "utf-16", "latin-1", "klingon"])
def test_a_push_is_utf_8_whatever_it_says_of_itself(encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    assert parse(declaration + as_xml(TEXT)).text == "你好"


def test_a_text_may_be_empty() -> None:
    assert text_push(Content="").text == ""


def test_a_text_is_kept_as_it_came() -> None:
    assert text_push(Content="  两行\n 字 ").text == "  两行\n 字 "


@pytest.mark.parametrize("msg_id", ["0", "7", "00123", str(2**64 - 1), "9" * 32])
def test_a_message_id_keeps_its_digits(msg_id: str) -> None:
    assert text_push(MsgId=msg_id).msg_id == msg_id


def test_a_voice_is_read_with_both_of_its_media_and_what_wechat_heard() -> None:
    push = text_push(
        MsgType="voice", MediaId="m-8k", MediaId16K="m-16k", Format="amr", Recognition=" 你好。\n"
    )
    assert push.kind is Kind.VOICE
    assert (push.media_id, push.media_id_16k, push.voice_format) == ("m-8k", "m-16k", "amr")
    assert push.text == "你好。"


@pytest.mark.parametrize("recognition", [{}, {"Recognition": ""}, {"Recognition": " \n"}])
def test_a_voice_that_wechat_did_not_hear_has_no_text(recognition: dict[str, str]) -> None:
    voice = {name: value for name, value in TEXT.items() if name != "Content"}
    assert parse(as_xml(voice | {"MsgType": "voice"} | recognition)).text == ""


@pytest.mark.parametrize(
    "msg_type",
    ["text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage"],
)
def test_the_kinds_of_messages_are_told_apart(msg_type: str) -> None:
    assert text_push(MsgType=msg_type).kind == msg_type
    assert text_push(MsgType=msg_type.upper()).kind == msg_type


def test_a_kind_that_nobody_knows_keeps_its_name() -> None:
    push = text_push(MsgType="Hologram")
    assert push.kind is Kind.OTHER
    assert push.msg_type == "hologram"
    assert push.msg_id == TEXT["MsgId"]


def test_only_texts_and_voices_have_a_text() -> None:
    assert text_push(MsgType="link", Recognition="heard").text == ""


def test_an_event_is_read_and_has_no_message_id() -> None:
    push = event_push(MsgId="1")
    assert push.kind is Kind.EVENT
    assert (push.event, push.event_key, push.msg_id) == ("click", "V1001_TODAY", None)


@pytest.mark.parametrize("event", ["subscribe", "SCAN", "TEMPLATESENDJOBFINISH", "debug_demo"])
def test_the_case_of_an_event_does_not_matter(event: str) -> None:
    assert event_push(Event=event).event == event.lower()


def test_an_event_may_hold_lists_that_nobody_reads() -> None:
    nested = b"<SendPicsInfo><Count>1</Count><PicList><item/></PicList></SendPicsInfo></xml>"
    assert parse(as_xml(EVENT).replace(b"</xml>", nested)) == event_push()


def test_the_json_of_the_documentation_is_read() -> None:
    push = parse(
        b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
        b'"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo",'
        b'"debug_str":"hello world"}'
    )
    assert push == event_push(Event="debug_demo", EventKey="")


def test_json_says_the_same_as_xml_with_numbers_as_digits_or_as_numbers() -> None:
    numbers = {"CreateTime": 1714112445, "MsgId": 23456789012345678}
    assert parse(as_json(TEXT)) == parse(as_json({**TEXT, **numbers})) == text_push()
    assert parse(as_json({**EVENT, "EventKey": 123})) == event_push(EventKey="123")
    assert parse(as_json({**EVENT, "EventKey": None})) == event_push(EventKey="")


@unhurried
@given(to=addresses, sender=addresses, created=st.integers(0, 10**11), msg_id=digits, content=legal)
def test_wechatpy_reads_the_same_message(
    to: str, sender: str, created: int, msg_id: str, content: str
) -> None:
    addressed = {"ToUserName": to, "FromUserName": sender}
    numbered = {"CreateTime": str(created), "MsgId": msg_id}
    body = as_xml(TEXT | addressed | numbered | {"Content": content})
    ours, theirs = parse(body), parse_message(body)
    assert (ours.account, ours.open_id) == (theirs.target, theirs.source)
    assert (ours.created, int(ours.msg_id or "")) == (theirs.time, theirs.id)
    assert ours.text == content
    assert ours.text.strip() == (theirs.content or "")  # which strips


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "你好"},
        {"MsgType": "image", "MediaId": "m", "PicUrl": "http://example.com/p"},
        {"MsgType": "shortvideo", "MediaId": "m", "ThumbMediaId": "t"},
    ],
)
def test_wechatpy_reads_the_same_media(fields: dict[str, str]) -> None:
    body = as_xml(TEXT | fields)
    ours, theirs = parse(body), parse_message(body)
    assert (ours.kind, ours.media_id) == (theirs.type, theirs.media_id)
    assert ours.text == getattr(theirs, "recognition", "")


@pytest.mark.parametrize(
    ("event", "their_name_of_the_key"), [("CLICK", "key"), ("VIEW", "url"), ("SCAN", "scene_id")]
)
def test_wechatpy_reads_the_same_event(event: str, their_name_of_the_key: str) -> None:
    body = as_xml(EVENT | {"Event": event})
    ours, theirs = parse(body), parse_message(body)
    assert (ours.kind, ours.event) == (theirs.type, theirs.event)
    assert ours.event_key == getattr(theirs, their_name_of_the_key)


# The envelope


def test_a_plain_push_has_nothing_sealed() -> None:
    envelope = parse_envelope(as_xml(TEXT))
    assert (envelope.account, envelope.encrypt) == ("gh_97417a04a28d", None)
    assert not (envelope.is_json or envelope.only_sealed)


SEALED = {"ToUserName": "gh_97417a04a28d", "Encrypt": "c2VhbGVk"}


@pytest.mark.parametrize(("body", "is_json"), [(as_xml(SEALED), False), (as_json(SEALED), True)])
def test_a_sealed_push_is_its_account_and_its_sealed_message(body: bytes, is_json: bool) -> None:
    envelope = parse_envelope(body)
    assert (envelope.account, envelope.encrypt) == ("gh_97417a04a28d", "c2VhbGVk")
    assert envelope.is_json is is_json
    assert envelope.only_sealed
    with pytest.raises(StillEncrypted, match="EncodingAESKey"):
        parse(body)


def test_the_compatible_mode_has_both_a_sealed_and_a_plain_message() -> None:
    body = as_xml(TEXT | {"Encrypt": "c2VhbGVk"})
    assert parse_envelope(body).encrypt == "c2VhbGVk"
    assert not parse_envelope(body).only_sealed
    assert parse(body) == text_push()


def test_an_envelope_needs_an_account() -> None:
    with pytest.raises(FieldMissing, match="ToUserName"):
        parse_envelope(b"<xml><Encrypt>c2VhbGVk</Encrypt></xml>")


# What makes two pushes the same


def test_each_try_of_a_message_has_the_same_key_and_another_message_another() -> None:
    assert text_push().dedup_key == text_push().dedup_key == parse(as_json(TEXT)).dedup_key
    keys = {text_push(**other).dedup_key for other in ({}, {"MsgId": "1"}, {"ToUserName": "gh"})}
    assert len(keys) == 3


def test_a_message_is_known_by_its_id_alone() -> None:
    assert text_push(Content="a").dedup_key == text_push(Content="b").dedup_key


@pytest.mark.parametrize(
    "other",
    [
        {"ToUserName": "gh_other"},
        {"FromUserName": "o-other"},
        {"CreateTime": "1714112446"},
        {"Event": "VIEW"},
        {"EventKey": "V1001_LATER"},
    ],
)
def test_an_event_is_known_by_sender_time_and_name(other: dict[str, str]) -> None:
    assert event_push(Ticket="t").dedup_key == event_push().dedup_key
    assert event_push(**other).dedup_key != event_push().dedup_key


# Small alphabets, so that parts of different pushes join to the same characters.
joinable = st.text('"1, ', min_size=1, max_size=4)
pushes = st.builds(
    Push,
    account=joinable,
    open_id=joinable,
    created=st.sampled_from([1, 11]),
    kind=st.just(Kind.OTHER),
    msg_type=st.just("other"),
    msg_id=st.none() | st.sampled_from(["1", "11"]),
    text=st.just(""),
    media_id=st.just(""),
    media_id_16k=st.just(""),
    voice_format=st.just(""),
    event=joinable,
    event_key=joinable,
)


def identity(push: Push) -> tuple[object, ...]:
    if push.msg_id is not None:
        return push.account, push.open_id, push.msg_id
    return push.account, push.open_id, push.created, push.event, push.event_key


@unhurried
@given(one=pushes, other=pushes)
def test_keys_never_collide(one: Push, other: Push) -> None:
    assert (one.dedup_key == other.dedup_key) == (identity(one) == identity(other))


# What is no push


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"])
def test_a_message_without_a_needed_element_is_refused_by_name(name: str) -> None:
    without = {key: value for key, value in TEXT.items() if key != name}
    bodies = [as_xml(without), as_json(without), as_json(without | {name: ""})]
    bodies += [as_xml(without | {name: ""}), as_json({**without, name: None})]
    for body in bodies:
        with pytest.raises(FieldMissing, match=rf"^{name}$"):
            parse(body)


def test_a_text_without_content_and_an_event_without_a_name_are_refused() -> None:
    with pytest.raises(FieldMissing, match=r"^Content$"):
        parse(as_xml({name: value for name, value in TEXT.items() if name != "Content"}))
    with pytest.raises(FieldMissing, match=r"^Event$"):
        parse(as_xml({name: value for name, value in EVENT.items() if name != "Event"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ToUserName", "g" * 129),
        ("ToUserName", " "),
        ("FromUserName", "o" * 129),
        ("FromUserName", "o\nlog line"),
        ("CreateTime", "yesterday"),
        ("CreateTime", "-1"),
        ("CreateTime", "1714112445.5"),
        ("CreateTime", "9" * 13),
        ("CreateTime", "１７"),
        ("MsgType", "text\nlog line"),
        ("MsgId", "12a"),
        ("MsgId", "9" * 33),
        ("MsgId", "²"),
    ],
)
def test_an_element_that_holds_what_it_cannot_is_refused_by_name(name: str, value: str) -> None:
    for body in (as_xml(TEXT | {name: value}), as_json(TEXT | {name: value})):
        with pytest.raises(FieldMalformed, match=rf"^{name}$"):
            parse(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FromUserName", 123),
        ("FromUserName", ["o"]),
        ("Content", 123),
        ("Content", {"text": "hi"}),
        ("Content", True),
        ("Content", "\ud800"),
        ("Content", "\0"),
        ("Content", "\x08"),
        ("Content", "\ufffe"),
        ("MsgType", 1),
        ("MsgId", True),
        ("MsgId", 1.5),
        ("MsgId", -1),
        ("MsgId", 10**40),
        ("CreateTime", float("inf")),
        ("MediaId", 7),
    ],
)
def test_json_that_xml_could_not_say_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(FieldMalformed, match=rf"^{name}$"):
        parse(as_json({**TEXT, name: value}))


def test_a_truth_is_no_number() -> None:
    with pytest.raises(FieldMalformed, match=r"^EventKey$"):
        parse(as_json({**EVENT, "EventKey": True}))


def test_elements_inside_a_text_are_refused() -> None:
    with pytest.raises(FieldMalformed, match=r"^Content$"):
        parse(as_xml(TEXT).replace("你好".encode(), b"a<b>c</b>"))


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE xml>",
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE xml [<!ENTITY who "you">]>',
        b'<!DOCTYPE xml [<!ENTITY who SYSTEM "http://127.0.0.1/">]>',
        b'<!DOCTYPE xml [<!ENTITY % who "you"> %who;]>',
    ],
)
def test_a_document_type_is_refused_before_anything_is_read(document: bytes) -> None:
    with pytest.raises(ForbiddenXml):
        parse(document + as_xml(TEXT))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"success", id="words"),
        pytest.param(b"<xml>", id="not closed"),
        pytest.param(b"<html></html>", id="another document"),
        pytest.param(b"<xml>&who;</xml>", id="an unknown entity"),
        pytest.param(b"<xml>\0</xml>", id="NUL"),
        pytest.param(b"<xml>&#xd800;</xml>", id="half a character"),
        pytest.param("<xml>你好</xml>".encode("gbk"), id="GBK"),
        pytest.param("<xml></xml>".encode("utf-16"), id="UTF-16"),
        pytest.param(b"<xml>\xed\xa0\x80</xml>", id="half a character in UTF-8"),
        pytest.param(b"<a>" * 20_000, id="deep XML"),
        pytest.param(b'{"a":' * 10_000, id="deep JSON"),
        pytest.param(b'{"MsgId":' + b"9" * 60_000 + b"}", id="a huge number"),
        pytest.param(b'{"MsgId"', id="half of JSON"),
        pytest.param(b'["xml"]', id="JSON that is no object"),
    ],
)
def test_what_is_neither_xml_nor_json_of_a_push_is_refused(body: bytes) -> None:
    with pytest.raises(NotXml):
        parse(body)
    with pytest.raises(NotXml):
        parse_envelope(body)


def test_elements_may_lie_as_deep_as_they_like_where_nobody_looks() -> None:
    deep = b"<a>" * 10_000 + b"</a>" * 10_000 + b"</xml>"
    assert parse(as_xml(TEXT).replace(b"</xml>", deep)) == text_push()


@pytest.mark.parametrize(
    "refused", [NotXml, ForbiddenXml, FieldMissing, FieldMalformed, StillEncrypted]
)
def test_every_refusal_is_one_error_and_asking_again_does_not_help(
    refused: type[PushRefused],
) -> None:
    assert issubclass(refused, PushRefused) and issubclass(refused, IntegrationError)
    assert refused.retryable is False


def read_or_refused(body: bytes) -> None:
    """Nothing else may happen to a body. What is read is fit for a database and for a reply."""
    for read in (parse_envelope, parse):
        try:
            value = read(body)
        except PushRefused:
            continue
        texts = [part for part in astuple(value) if isinstance(part, str)]
        assert texts == [permitted(text) for text in texts]
        assert len(value.account.split()) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*TEXT, "Event", "EventKey", "Encrypt", "MediaId", "Recognition"])


@unhurried
@given(body=st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refused(body)
    read_or_refused(b"<xml>" + body + b"</xml>")
    read_or_refused(b"{" + body + b"}")


@unhurried
@given(changed=st.dictionaries(names, json_values), base=st.sampled_from([TEXT, EVENT]))
def test_any_json_is_read_or_refused(changed: dict[str, object], base: dict[str, object]) -> None:
    read_or_refused(as_json({**base, **changed}))


@unhurried
@given(changed=st.dictionaries(names, words), base=st.sampled_from([TEXT, EVENT]))
def test_any_elements_are_read_or_refused(changed: dict[str, str], base: dict[str, str]) -> None:
    read_or_refused(as_xml(base | changed))


@unhurried
@given(data=st.data(), body=st.sampled_from([as_xml(TEXT), as_xml(EVENT), as_json(TEXT)]))
def test_a_damaged_push_is_read_or_refused(data: st.DataObject, body: bytes) -> None:
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    graft = st.binary(max_size=8) | st.sampled_from([b"]]>", b"<!DOCTYPE x>", b"&a;", b"<![CDATA["])
    read_or_refused(body[:start] + data.draw(graft) + body[end:])


# What nobody may see


@pytest.mark.parametrize(
    "body",
    [
        as_xml(TEXT | {"Content": "SECRET", "MsgId": "x"}),
        as_xml(TEXT | {"Content": "SECRET"})[:-3],
        as_xml(TEXT | {"Content": "SECRET"}) + b"\xff",
        as_json(TEXT | {"Content": "SECRET"})[:-3],
        b'<!DOCTYPE xml [<!ENTITY SECRET "SECRET">]><xml/>',
    ],
)
def test_a_refusal_does_not_repeat_what_the_follower_wrote(body: bytes) -> None:
    with pytest.raises(PushRefused) as refused:
        parse(body)
    assert "SECRET" not in "".join(traceback.format_exception(refused.value))
    assert "SECRET" not in repr(refused.value)


def test_a_push_shows_neither_who_wrote_nor_what() -> None:
    shown = repr(text_push(Content="SECRET", FromUserName="o-follower"))
    assert "SECRET" not in shown
    assert "o-follower" not in shown
    assert "SECRET" not in repr(parse_envelope(as_xml(TEXT | {"Encrypt": "SECRET"})))


# Replies

AWKWARD = ["]]>", "]]", "]", ">", "<![CDATA[", "&amp;", "<a href='x'>", "\r\n", "\r", "\0", "\x1b"]
contents = st.lists(anything | st.sampled_from([*AWKWARD, "\ud800", "\ufffe", "😀"])).map("".join)


def test_a_reply_in_words_looks_as_in_the_documentation() -> None:
    body = render_text(to_open_id="o", from_account="gh", content="你好 <&>", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[你好 <&>]]></Content></xml>"
    )


def test_a_reply_by_voice_looks_as_in_the_documentation() -> None:
    body = render_voice(to_open_id="o", from_account="gh", media_id="m-1", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[voice]]></MsgType>"
        "<Voice><MediaId><![CDATA[m-1]]></MediaId></Voice></xml>"
    )


@unhurried
@given(content=contents, to=contents, sender=contents)
@example(content="]]>", to="]]]>>", sender="]]]]>><![CDATA[")
@example(content="]\0]\0>", to="]\ud800]>", sender="")
def test_any_reply_is_read_as_it_was_meant_less_what_xml_cannot_hold(
    content: str, to: str, sender: str
) -> None:
    body = render_text(to_open_id=to, from_account=sender, content=content, at=7)
    reply = ElementTree.fromstring(body)
    assert [child.tag for child in reply] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]
    assert reply.findtext("Content") == readable(content)
    assert (reply.findtext("ToUserName"), reply.findtext("FromUserName")) == (
        readable(to),
        readable(sender),
    )
    assert body == render_text(to_open_id=to, from_account=sender, content=content, at=7)


@unhurried
@given(content=contents, to=addresses, sender=addresses, at=st.integers(0, 10**11))
def test_wechatpy_reads_our_replies(content: str, to: str, sender: str, at: int) -> None:
    text = deserialize_reply(
        render_text(to_open_id=to, from_account=sender, content=content, at=at)
    )
    assert (text.type, text.target, text.source, text.time) == ("text", to, sender, at)
    assert (text.content or "") == readable(content).strip()  # it strips

    voice = deserialize_reply(
        render_voice(to_open_id=to, from_account=sender, media_id="m-1", at=at)
    )
    assert (voice.type, voice.target, voice.media_id) == ("voice", to, "m-1")
