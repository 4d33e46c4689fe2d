"""Which bodies are no push, and that nobody sees what was in them."""

import traceback
from dataclasses import astuple
from functools import partial
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from integrations import IntegrationError
from integrations.wechat.elements import ForbiddenXml, NotXml, PushRefused
from integrations.wechat.messages import (
    FieldMalformed,
    FieldMissing,
    StillEncrypted,
    parse,
    parse_envelope,
)
from tests.integrations.pushed import (
    EVENT,
    TEXT,
    anything,
    as_json,
    as_xml,
    permitted,
    text_push,
    words,
)


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "MsgType", "MsgId"])
def test_a_message_without_a_needed_element_is_refused_by_name(name: str) -> None:
    without = {key: value for key, value in TEXT.items() if key != name}
    bodies = [as_xml(without), as_json(without), as_json(without | {name: ""})]
    bodies += [as_xml(without | {name: ""}), as_json({**without, name: None})]
    for body in bodies:
        with pytest.raises(FieldMissing, match=rf"^{name}$"):
            parse(body)


@pytest.mark.parametrize("name", ["Event", "CreateTime"])
def test_an_event_without_what_tells_it_from_others_is_refused_by_name(name: str) -> None:
    with pytest.raises(FieldMissing, match=rf"^{name}$"):
        parse(as_xml({key: value for key, value in EVENT.items() if key != name}))


def test_a_text_without_content_is_an_empty_one() -> None:
    assert parse(as_xml({name: v for name, v in TEXT.items() if name != "Content"})).text == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ToUserName", "g" * 129),
        ("FromUserName", "o" * 129),
        ("FromUserName", "o\nlog line"),
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


@pytest.mark.parametrize("at", ["yesterday", "-1", "1714112445.5", "9" * 13, "１７"])
def test_only_an_event_needs_its_time(at: str) -> None:
    for body in (as_xml(EVENT | {"CreateTime": at}), as_json(EVENT | {"CreateTime": at})):
        with pytest.raises(FieldMalformed, match=r"^CreateTime$"):
            parse(body)
    assert text_push(CreateTime=at).text == TEXT["Content"]


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        ("FromUserName", ["o"], FieldMissing),
        ("ToUserName", "\ud800", FieldMissing),
        ("MsgType", True, FieldMissing),
        ("MsgId", {}, FieldMissing),
        ("MsgId", True, FieldMissing),
        ("MsgId", 1.5, FieldMalformed),
        ("MsgId", -1, FieldMalformed),
        ("MsgId", 10**40, FieldMalformed),
    ],
)
def test_json_that_xml_could_not_say_is_refused_by_name(
    name: str, value: object, refusal: type[PushRefused]
) -> None:
    with pytest.raises(refusal, match=rf"^{name}$"):
        parse(as_json({**TEXT, name: value}))


@pytest.mark.parametrize("name", ["CreateTime", "MediaId", "Format", "EventKey", "Label"])
@pytest.mark.parametrize("odd", [True, 1.5, [], {"a": "b"}, "\ud800", float("inf"), None])
def test_an_element_that_is_not_needed_refuses_nothing(name: str, odd: object) -> None:
    push = parse(as_json({**TEXT, name: odd}))
    assert (push.text, push.msg_id) == (TEXT["Content"], TEXT["MsgId"])


@pytest.mark.parametrize("odd", [["a"], {"text": "hi"}, True, None])
def test_a_content_that_is_no_text_is_an_empty_one(odd: object) -> None:
    assert parse(as_json({**TEXT, "Content": odd})).text == ""


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
        pytest.param(b"<html></html>", id="another document"),
        pytest.param(b"<a>" * 20_000, id="deep XML"),
        pytest.param(b'{"a":' * 10_000, id="deep JSON"),
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
    for read in (parse_envelope, partial(parse_envelope, declared=True), parse):
        try:
            value: Any = read(body)
        except PushRefused:
            continue
        texts = [part for part in astuple(value) if isinstance(part, str)]
        assert texts == [permitted(text) for text in texts]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*TEXT, "Event", "EventKey", "Encrypt", "MediaId", "Recognition"])


@given(body=st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refused(body)
    read_or_refused(b"<xml>" + body + b"</xml>")
    read_or_refused(b"{" + body + b"}")


@given(changed=st.dictionaries(names, json_values), base=st.sampled_from([TEXT, EVENT]))
def test_any_json_is_read_or_refused(changed: dict[str, object], base: dict[str, object]) -> None:
    read_or_refused(as_json({**base, **changed}))


@given(changed=st.dictionaries(names, words), base=st.sampled_from([TEXT, EVENT]))
def test_any_elements_are_read_or_refused(changed: dict[str, str], base: dict[str, str]) -> None:
    read_or_refused(as_xml(base | changed))


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
        as_xml(TEXT | {"Content": "SECRET"})[:-20],
        as_xml(TEXT | {"Content": "SECRET", "FromUserName": "SECRET SECRET"}),
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
