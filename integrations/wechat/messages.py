"""What WeChat pushes: pure, bytes in and values out.

The way of a push: `is_signed`, `parse_envelope`, `Cipher.decrypt` if it is sealed, `parse`.
Numbers in brackets are paragraphs of the protocol sheet, `docs/wechat-protocol.md`.
"""

import hmac
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha1

from integrations.wechat.elements import NOT_IN_XML, Elements, NotXml, PushRefused, read, sealed_in
from settings.language import said

# What elements may hold; none of it can break a log line.
ADDRESS = re.compile(r"\S{1,128}")  # an open id has 28 characters
CREATED = re.compile(r"[0-9]{1,12}")
MSG_ID = re.compile(r"[0-9]{1,32}")  # 64 bits have 20 digits
NAME = re.compile(r"[\w.-]{1,64}")


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

    encrypt: str | None = field(repr=False)  # the sealed message, where there is one (4.4)
    is_json: bool  # a sealed reply has the format of its push
    only_sealed: bool = False  # safe mode: nothing open beside the sealed message (4.4)


@dataclass(frozen=True)
class Push:
    """A message or an event. What a push does not hold is an empty text."""

    account: str
    open_id: str = field(repr=False)
    created: int  # seconds since 1970; 0 where a message does not say it
    kind: Kind
    msg_type: str  # in lower case; says what a kind `other` is
    msg_id: str | None  # its digits as they came; events have none
    text: str = field(repr=False)  # what was written, or WeChat's recognition of a voice (2.2)
    media_id: str
    media_id_16k: str
    event: str  # in lower case
    event_key: str = field(repr=False)
    tapped: bool = False  # a text that a link has sent (3.4); not every account is told

    @property
    def dedup_key(self) -> str:
        """A key that is the same for every try of one push, and for no other push (1.13).

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


def matches(signed: str, token: str, *parts: str) -> bool:
    """Whether `signed` is the signature, in constant time. Nothing is signed by an empty token."""
    # An empty token would make the signature a thing that anybody can compute (1.4).
    return bool(token) and hmac.compare_digest(
        _any_text(signature(token, *parts)), _any_text(signed)
    )


def is_signed(token: str, *, signature: str, timestamp: str, nonce: str) -> bool:
    """Whether a request's `signature` was made with our token (1.2, 1.4). Never raises."""
    return matches(signature, token, timestamp, nonce)


def _any_text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def parse_envelope(body: bytes, *, declared: bool = False) -> Envelope:
    """The outside of a push, sealed or not. Raises `PushRefused`.

    `declared`: the query says that it is sealed. What stands open beside may then be broken (4.4).
    """
    try:
        fields, is_json = read(body)
    except NotXml:
        if not declared:
            raise
        fields = {}
    encrypt = _text(fields, "Encrypt")
    if not encrypt and declared:
        encrypt, is_json = sealed_in(body)
    return Envelope(encrypt or None, is_json, bool(fields) and "MsgType" not in fields)


def parse(body: bytes) -> Push:
    """The message or event of a plain or decrypted body, XML or JSON (2). Raises `PushRefused`.

    Only what has to be there can be wrong: who wrote, to whom, and what tells it from others.
    """
    fields, _ = read(body)
    if "Encrypt" in fields and "MsgType" not in fields:
        raise StillEncrypted(
            said("to read sealed pushes set wechat.encoding_aes_key and wechat.appid")
        )
    msg_type = _required(fields, "MsgType", NAME).lower()  # its case varies, as an event's (2.1)
    kind = Kind(msg_type)
    is_event = kind is Kind.EVENT
    msg_id = "" if is_event else _text(fields, "MsgId")
    if not is_event and (msg_id or kind is not Kind.OTHER):
        msg_id = _required(fields, "MsgId", MSG_ID)
    return Push(
        account=_required(fields, "ToUserName", ADDRESS),
        open_id=_required(fields, "FromUserName", ADDRESS),
        created=_created(fields, needed=not msg_id),
        kind=kind,
        msg_type=msg_type,
        msg_id=msg_id or None,
        text=_words(fields, kind),
        media_id=_text(fields, "MediaId"),
        media_id_16k=_text(fields, "MediaId16K"),
        event=_required(fields, "Event", NAME).lower() if is_event else "",
        event_key=_text(fields, "EventKey") if is_event else "",
        tapped=kind is Kind.TEXT and bool(fields.get("bizmsgmenuid")),
    )


def _text(fields: Elements, name: str) -> str:
    """Without what XML cannot hold; empty where there is no such element, or it is no text."""
    value = fields.get(name)
    return NOT_IN_XML.sub("", value) if isinstance(value, str) else ""


def _required(fields: Elements, name: str, shape: re.Pattern[str]) -> str:
    value = _text(fields, name).strip()
    if not value:
        raise FieldMissing(name)
    if not shape.fullmatch(value):
        raise FieldMalformed(name)
    return value


def _created(fields: Elements, *, needed: bool) -> int:
    """What tells events apart, and nothing else."""
    try:
        return int(_required(fields, "CreateTime", CREATED))
    except PushRefused:
        if needed:
            raise
        return 0


def _words(fields: Elements, kind: Kind) -> str:
    if kind is Kind.VOICE:
        heard = _text(fields, "Recognition").strip()
        return heard if any(map(str.isalnum, heard)) else ""  # "。" of a silence
    return _text(fields, "Content") if kind is Kind.TEXT else ""
