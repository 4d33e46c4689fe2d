"""What WeChat pushes and what it is answered with: pure, bytes in and values out.

The way of a push: `is_signed`, `parse_envelope`, `Cipher.decrypt` if it is sealed, `parse`.
Numbers in brackets are paragraphs of the protocol sheet.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha1
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations import IntegrationError

# What elements may hold; none of it can break a log line.
ADDRESS = re.compile(r"\S{1,128}")  # an open id has 28 characters
CREATED = re.compile(r"[0-9]{1,12}")
MSG_ID = re.compile(r"[0-9]{1,32}")  # 64 bits have 20 digits
NAME = re.compile(r"[\w.-]{1,64}")
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = Mapping[str, Any]


class PushRefused(IntegrationError):
    """The body is not a push that can be read."""


class NotXml(PushRefused):
    """The body is neither the XML nor the JSON of a push."""


class ForbiddenXml(PushRefused):
    """The XML declares a document type or entities (4.7)."""


class FieldMissing(PushRefused):
    """An element that has to be there is not, or is empty; the message is its name."""


class FieldMalformed(PushRefused):
    """An element holds what it cannot; the message is its name."""


class StillEncrypted(PushRefused):
    """The push holds nothing but a sealed message (4.4)."""


class Kind(StrEnum):
    """The `MsgType` of a push (2)."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    SHORTVIDEO = "shortvideo"
    LOCATION = "location"
    LINK = "link"
    MINIPROGRAM = "miniprogrampage"
    EVENT = "event"
    OTHER = "other"  # any that is not listed

    @classmethod
    def _missing_(cls, value: object) -> "Kind":
        return cls.OTHER


@dataclass(frozen=True)
class Envelope:
    """The outside of a push."""

    account: str
    encrypt: str | None = field(repr=False)  # the sealed message, where there is one (4.4)
    is_json: bool  # a sealed reply has the format of its push
    only_sealed: bool = False  # safe mode: nothing open beside the sealed message (4.4)


@dataclass(frozen=True)
class Push:
    """A message or an event. What a push does not hold is an empty text."""

    account: str
    open_id: str = field(repr=False)
    created: int  # seconds since 1970
    kind: Kind
    msg_type: str  # in lower case; says what a kind `other` is
    msg_id: str | None  # its digits as they came; events have none
    text: str = field(repr=False)  # what was written, or WeChat's recognition of a voice (2.2)
    media_id: str
    media_id_16k: str
    voice_format: str
    event: str  # in lower case
    event_key: str = field(repr=False)

    @property
    def dedup_key(self) -> str:
        """The same for every try of one push, and for no other push (1.13).

        The sender is a part of it: nobody is shown a reply to somebody else, whatever id they send.
        """
        if self.msg_id is not None:
            return json.dumps([self.account, self.open_id, self.msg_id])
        return json.dumps([self.account, self.open_id, self.created, self.event, self.event_key])


def signature(token: str, *parts: str) -> str:
    """The signature of a request's `timestamp` and `nonce` (1.2), or of these and `Encrypt` (4.3).

    Any text is taken, also what UTF-8 cannot hold.
    """
    return sha1(b"".join(sorted(map(_any_text, (token, *parts))))).hexdigest()


def matches(given: str, token: str, *parts: str) -> bool:
    """Whether `given` is the signature, in constant time. Nothing is signed by an empty token."""
    # An empty token would make the signature a thing that anybody can compute (1.4).
    return bool(token) and hmac.compare_digest(
        _any_text(signature(token, *parts)), _any_text(given)
    )


def is_signed(token: str, *, signature: str, timestamp: str, nonce: str) -> bool:
    """Whether a request's `signature` was made with our token (1.2, 1.4). Never raises."""
    return matches(signature, token, timestamp, nonce)


def _any_text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def parse_envelope(body: bytes) -> Envelope:
    """The outside of a push, sealed or not. Raises `PushRefused`."""
    fields, is_json = _read(body)
    account = _required(fields, "ToUserName", ADDRESS)
    return Envelope(account, _text(fields, "Encrypt") or None, is_json, "MsgType" not in fields)


def parse(body: bytes) -> Push:
    """The message or event of a plain or decrypted body, XML or JSON (2). Raises `PushRefused`."""
    fields, _ = _read(body)
    if "Encrypt" in fields and "MsgType" not in fields:
        raise StillEncrypted("the push is encrypted: its EncodingAESKey is needed to read it")
    msg_type = _required(fields, "MsgType", NAME).lower()  # its case varies, as an event's (2.1)
    kind = Kind(msg_type)
    is_event = kind is Kind.EVENT
    msg_id = None if is_event else _text_or_number(fields, "MsgId")
    if not is_event and (msg_id or kind is not Kind.OTHER):
        msg_id = _required(fields, "MsgId", MSG_ID, number=True)
    return Push(
        account=_required(fields, "ToUserName", ADDRESS),
        open_id=_required(fields, "FromUserName", ADDRESS),
        created=int(_required(fields, "CreateTime", CREATED, number=True)),
        kind=kind,
        msg_type=msg_type,
        msg_id=msg_id or None,
        text=_words(fields, kind),
        media_id=_text(fields, "MediaId") or "",
        media_id_16k=_text(fields, "MediaId16K") or "",
        voice_format=_text(fields, "Format") or "",
        event=_required(fields, "Event", NAME).lower() if is_event else "",
        event_key=_text_or_number(fields, "EventKey") or "" if is_event else "",
    )


def _read(body: bytes) -> tuple[Fields, bool]:
    """The elements of the body, and whether it is JSON: its first byte says so (4.9)."""
    # Here and below `from None`: the causes quote the body, and with it the follower's words.
    try:
        text = body.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        raise NotXml("not UTF-8") from None
    if not text.startswith("{"):
        return _read_xml(text), False
    try:
        return json.loads(text), True
    except (ValueError, RecursionError) as exc:
        raise NotXml(f"malformed JSON: {type(exc).__name__}") from None


def _read_xml(text: str) -> Fields:
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as exc:
        raise ForbiddenXml(type(exc).__name__) from None
    except ParseError:
        raise NotXml("not well-formed") from None
    if root.tag != "xml":
        raise NotXml("its root is not <xml>")
    return {child.tag: child if len(child) else child.text or "" for child in root}


def _text(fields: Fields, name: str) -> str | None:
    """None where the element is not there."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or NOT_IN_XML.search(value):
        raise FieldMalformed(name)
    return value


def _text_or_number(fields: Fields, name: str) -> str | None:
    """JSON has a number where XML has its digits."""
    value = fields.get(name)
    return str(value) if type(value) is int else _text(fields, name)


def _required(fields: Fields, name: str, shape: re.Pattern[str], *, number: bool = False) -> str:
    value = (_text_or_number if number else _text)(fields, name)
    if not value:
        raise FieldMissing(name)
    if not shape.fullmatch(value):
        raise FieldMalformed(name)
    return value


def _words(fields: Fields, kind: Kind) -> str:
    if kind is Kind.VOICE:
        return (_text(fields, "Recognition") or "").strip()
    if kind is not Kind.TEXT:
        return ""
    content = _text(fields, "Content")
    if content is None:
        raise FieldMissing("Content")
    return content


def render_text(*, to_open_id: str, from_account: str, content: str, at: int) -> bytes:
    """A reply in words (3.1); `at` in seconds since 1970. The same input gives the same bytes."""
    return _reply(to_open_id, from_account, at, "text", f"<Content>{cdata(content)}</Content>")


def render_voice(*, to_open_id: str, from_account: str, media_id: str, at: int) -> bytes:
    """A reply by an uploaded voice (3.1); `at` in seconds since 1970."""
    voice = f"<Voice><MediaId>{cdata(media_id)}</MediaId></Voice>"
    return _reply(to_open_id, from_account, at, "voice", voice)


def _reply(to_open_id: str, from_account: str, at: int, msg_type: str, payload: str) -> bytes:
    return (
        f"<xml><ToUserName>{cdata(to_open_id)}</ToUserName>"
        f"<FromUserName>{cdata(from_account)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{cdata(msg_type)}</MsgType>{payload}</xml>"
    ).encode()


def cdata(text: str) -> str:
    """The text as XML that reads as the same text, less the characters XML cannot hold (3.3)."""
    return "<![CDATA[" + NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
