"""Pushes as WeChat posts them, and what anybody may send."""

import json
from collections.abc import Mapping
from xml.etree import ElementTree

import hypothesis.strategies as st

from integrations.wechat.messages import Push, parse

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


def raw(fields: Mapping[str, str]) -> bytes:
    """The fields as WeChat writes them: what a follower wrote stands in CDATA as it is."""
    inside = (f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{''.join(inside)}</xml>".encode("utf-8", "surrogatepass")


def as_json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields).encode()


def text_push(**other: str) -> Push:
    return parse(as_xml(TEXT | other))


def event_push(**other: str) -> Push:
    return parse(as_xml(EVENT | other))


def permitted(text: str) -> str:
    """The characters that XML can hold, by the list in 2.2 of its standard."""
    ranges = [(0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF)]
    return "".join(c for c in text if c in "\t\n\r" or any(a <= ord(c) <= b for a, b in ranges))


def readable(text: str) -> str:
    """What is left of a text once XML has carried it: it knows one kind of line end."""
    return permitted(text).replace("\r\n", "\n").replace("\r", "\n")
