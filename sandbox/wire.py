"""What WeChat and a server say to each other for a follower: requests, signatures, XML, links.

From the protocol sheet 1, 2, 3 alone, `docs/wechat-protocol.md`.
"""

import hashlib
import io
import re
import secrets
import socket
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, Literal
from urllib.parse import parse_qs
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

LONGEST_TEXT = 2048  # bytes of UTF-8 (3.2)

Kind = Literal["text", "voice", "image", "news", "transfer_customer_service"]


class NothingToTap(Exception):
    """The reply has no such link."""


class Malformed(Exception):
    """WeChat does not take this for a reply."""


@dataclass(frozen=True)
class Reply:
    """A passive reply. `content` is the text, or the media id of a voice or a picture.

    Of an article, which leads to a page, it is four lines: title, description, picture, page.
    Nothing where the follower is handed over to people.
    """

    kind: Kind
    content: str


class _BeforeDeadline(io.RawIOBase):
    """What a connection brings until a fixed moment, however slowly it drips."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(0.001, self._deadline - time.monotonic()))
        try:
            return self._connection.recv_into(buffer)
        except TimeoutError:
            # It may have come in time to a machine too busy to look: WeChat's would have looked.
            self._connection.settimeout(0.0)
        try:
            return self._connection.recv_into(buffer)
        except BlockingIOError:
            raise TimeoutError from None


def exchange(address: tuple[str, int], request: bytes, deadline: float) -> tuple[int, bytes]:
    """One HTTP request and its answer's status and body, by `deadline` on the monotonic clock.

    Raises `OSError` (`TimeoutError` at the deadline) and `HTTPException`.
    """
    with socket.create_connection(address, max(0.001, deadline - time.monotonic())) as connection:
        connection.sendall(request)
        line: Any = _BeforeDeadline(connection, deadline)
        response = HTTPResponse(line, method=request.split(b" ", 1)[0].decode())
        response.begin()
        return response.status, response.read()


def signed(token: str) -> dict[str, str]:
    """The query of a request made now: `signature`, `timestamp`, `nonce` (1.2)."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def new_msg_id() -> str:
    """A 64-bit id that looks like WeChat's."""
    return str(24 * 10**15 + secrets.randbelow(10**15))


def to_xml(elements: dict[str, str]) -> bytes:
    """A push's body: numbers bare, everything else as CDATA."""
    numbers = ("CreateTime", "MsgId")
    inside = (
        f"<{name}>{text if name in numbers else _cdata(text)}</{name}>"
        for name, text in elements.items()
    )
    return f"<xml>{''.join(inside)}</xml>".encode("utf-8", "replace")


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def read_reply(body: bytes, *, to: str, sender: str) -> Reply:
    """A reply (3.1, 3.2). Raises `Malformed` for what makes the grey line (1.11)."""
    try:
        xml = fromstring(body)
    except (ParseError, ValueError, LookupError) as exc:
        raise Malformed("not XML") from exc
    if (xml.findtext("ToUserName"), xml.findtext("FromUserName")) != (to, sender):
        raise Malformed("ToUserName and FromUserName are not ours, swapped")
    if not (xml.findtext("CreateTime") or "").isdigit():
        raise Malformed("no CreateTime")
    if xml.findtext("MsgType") == "transfer_customer_service":
        return Reply("transfer_customer_service", "")
    places: dict[str | None, tuple[Kind, str]] = {
        "text": ("text", "Content"),
        "voice": ("voice", "Voice/MediaId"),
        "image": ("image", "Image/MediaId"),
        "news": ("news", "Articles/item/Title"),
    }
    kind, place = places.get(xml.findtext("MsgType"), ("text", ""))
    content = xml.findtext(place) if place else None
    if not content:
        raise Malformed("neither a text, a voice, a picture nor an article")
    if kind == "news":
        return Reply(kind, _article(xml))
    if len(content.encode()) > LONGEST_TEXT:
        raise Malformed(f"a text of {len(content.encode())} bytes")
    return Reply(kind, content)


def _article(xml: Any) -> str:
    """The one article that there may be in answer to a message (3.1). Raises `Malformed`."""
    items = xml.findall("Articles/item")
    if xml.findtext("ArticleCount") != "1" or len(items) != 1:
        raise Malformed("not one article")
    fields = [items[0].findtext(name) or "" for name in ("Title", "Description", "PicUrl", "Url")]
    if any(address and not address.isascii() for address in fields[2:]):
        raise Malformed("an address that is none")
    return "\n".join(" ".join(field.split()) for field in fields)


LINK = re.compile(r"<a\s[^>]*?href=([\"'])(.*?)\1[^>]*>(.*?)</a>", re.DOTALL)
TAP = "weixin://bizmsgmenu?"


def tap(reply_text: str, label: str | None = None) -> str:
    """The text that a tap on a link sends: the first one, or the one labelled so (3.4).

    Raises `NothingToTap`.
    """
    for link in LINK.finditer(reply_text):
        address: str = link[2]
        query = parse_qs(address.removeprefix(TAP), keep_blank_values=True)
        whole = address.startswith(TAP) and {"msgmenucontent", "msgmenuid"} <= query.keys()
        if whole and label in (None, link[3]):
            return query["msgmenucontent"][0]
    raise NothingToTap()
