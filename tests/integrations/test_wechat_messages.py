"""What a push says, and what makes two of them the same."""

import hypothesis.strategies as st
import pytest
from hypothesis import given
from wechatpy.parser import parse_message

from integrations.wechat.messages import (
    Kind,
    Push,
    StillEncrypted,
    parse,
    parse_envelope,
)
from tests.integrations.pushed import (
    EVENT,
    TEXT,
    addresses,
    as_json,
    as_xml,
    digits,
    event_push,
    legal,
    raw,
    text_push,
)

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
        event="",
        event_key="",
    )


def test_a_text_that_a_link_has_sent_is_known() -> None:
    for written in (as_xml, as_json):
        assert parse(written(TEXT | {"bizmsgmenuid": "1"})).tapped
    assert not text_push(Content="<bizmsgmenuid>1</bizmsgmenuid>").tapped


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
    assert (push.media_id, push.media_id_16k) == ("m-8k", "m-16k")
    assert push.text == "你好。"


@pytest.mark.parametrize(
    "recognition",
    [
        {},
        {"Recognition": ""},
        {"Recognition": " \n"},
        {"Recognition": "。"},
        {"Recognition": "…！"},
    ],
)
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
    assert envelope.encrypt is None
    assert not (envelope.is_json or envelope.only_sealed)


SEALED = {"ToUserName": "gh_97417a04a28d", "Encrypt": "c2VhbGVk"}


@pytest.mark.parametrize(("body", "is_json"), [(as_xml(SEALED), False), (as_json(SEALED), True)])
def test_the_sealed_message_of_a_push_is_found(body: bytes, is_json: bool) -> None:
    envelope = parse_envelope(body)
    assert envelope.encrypt == "c2VhbGVk"
    assert envelope.is_json is is_json
    assert envelope.only_sealed
    with pytest.raises(StillEncrypted, match=r"wechat\.encoding_aes_key"):
        parse(body)


def test_the_compatible_mode_has_both_a_sealed_and_a_plain_message() -> None:
    body = as_xml(TEXT | {"Encrypt": "c2VhbGVk"})
    assert parse_envelope(body).encrypt == "c2VhbGVk"
    assert not parse_envelope(body).only_sealed
    assert parse(body) == text_push()


def test_an_envelope_needs_nothing_but_what_is_sealed() -> None:
    assert parse_envelope(b"<xml><Encrypt>c2VhbGVk</Encrypt></xml>").encrypt == "c2VhbGVk"


@pytest.mark.parametrize(
    "broken",
    [
        b"<xml><Content><![CDATA[a<Encrypt>QQ==</Encrypt><Encrypt>c2VhbGVk</Encrypt></xml>",
        b"<a><Encrypt><![CDATA[c2VhbGVk]]></Encrypt>",
        b'{"Content": "a"b", "Encrypt":"c2VhbGVk"}',
        b'{"Content": ["a", "Encrypt" : "c2VhbGVk"',
    ],
)
def test_what_is_sealed_is_found_where_its_open_twin_is_broken(broken: bytes) -> None:
    envelope = parse_envelope(broken, declared=True)
    assert (envelope.encrypt, envelope.only_sealed) == ("c2VhbGVk", False)
    assert envelope.is_json == broken.startswith(b"{")


def test_what_a_follower_writes_about_sealing_is_no_sealed_message() -> None:
    assert parse_envelope(raw(TEXT | {"Content": "<Encrypt>QQ==</Encrypt>"})).encrypt is None


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
    event=joinable,
    event_key=joinable,
)


def identity(push: Push) -> tuple[object, ...]:
    if push.msg_id is not None:
        return push.account, push.open_id, push.msg_id
    return push.account, push.open_id, push.created, push.event, push.event_key


@given(one=pushes, other=pushes)
def test_keys_never_collide(one: Push, other: Push) -> None:
    assert (one.dedup_key == other.dedup_key) == (identity(one) == identity(other))
