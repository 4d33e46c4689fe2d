"""The elements of a push's body, XML or JSON, whatever a follower wrote into them.

WeChat puts what was written into CDATA as it is: with control characters that XML forbids, and with
`]]>` wherever somebody typed it. No XML parser takes that, so this is none. It looks for the few
elements that are needed, each where it first stands, and whatever else is in the body does not
matter. It knows neither document types nor entities (protocol sheet 4.7), and one pass is enough.
"""

import json
import re
from collections.abc import Mapping
from functools import reduce
from typing import Any

from integrations import IntegrationError

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What somebody wrote may hold the end of its own element: it is read to the last one.
WRITTEN = ("Content", "Recognition", "EventKey")
OTHERS = (
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "Encrypt"),
    *("MediaId16K", "MediaId", "bizmsgmenuid"),
)
BEGIN = re.compile(
    rf"<(?P<name>{'|'.join(WRITTEN + OTHERS)})\s*(?P<empty>/?)>(?P<cdata>\s*<!\[CDATA\[)?"
    r"|<!\[CDATA\["  # of an element that nobody needs: what stands in it is no element
)
PROLOG = re.compile(r"\s*(<\?xml[^>]*>\s*)?")
ADJOINING = "]]><![CDATA["  # two sections of one text: the usual way to write `]]>` in CDATA
REFERENCE = re.compile(r"&(?:#([0-9]{1,8})|#x([0-9A-Fa-f]{1,7})|(amp|lt|gt|quot|apos));")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
SEALED = re.compile(
    r"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>"
    r'|"Encrypt"\s*:\s*"([A-Za-z0-9+/=\\]+)"'
)

Elements = Mapping[str, Any]


class PushRefused(IntegrationError):
    """The body is not a push that can be read."""


class NotXml(PushRefused):
    """The body is neither the XML nor the JSON of a push."""


class ForbiddenXml(PushRefused):
    """The XML declares a document type or entities (4.7)."""


def read(body: bytes) -> tuple[Elements, bool]:
    """The elements of the body, and whether it is JSON: its first byte says so (4.9).

    A number of JSON comes as its digits. Raises `NotXml`, `ForbiddenXml`.
    """
    text = _text_of(body)
    return (_read_json(text), True) if _is_json(text) else (_read_xml(text), False)


def sealed_in(body: bytes) -> tuple[str, bool]:
    """The last sealed message in a body that may be broken around it, and whether that is JSON.

    An empty text where there is none.
    """
    text = _text_of(body)
    found = SEALED.findall(text)
    xml, escaped = found[-1] if found else ("", "")
    return xml or escaped.replace("\\/", "/"), _is_json(text)


def _text_of(body: bytes) -> str:
    """What is neither UTF-8 nor allowed in XML is taken out."""
    return NOT_IN_XML.sub("", body.decode("utf-8-sig", "ignore")).lstrip()


def _is_json(text: str) -> bool:
    return text.startswith("{")


def _read_json(text: str) -> Elements:
    # `from None`: the causes quote the body, and with it the follower's words.
    try:
        fields: Elements = json.loads(text, strict=False, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as exc:
        raise NotXml(f"malformed JSON: {type(exc).__name__}") from None
    return fields


def _read_xml(text: str) -> Elements:
    head, root, inside = text.partition("<xml>")
    if "<!DOCTYPE" in head:
        raise ForbiddenXml("a document type")
    if not root or not PROLOG.fullmatch(head):
        raise NotXml("its root is not <xml>")
    return _elements(inside.replace("\r\n", "\n").replace("\r", "\n"))  # as XML reads line ends


def _elements(text: str) -> Elements:
    """The first of each name. What is not closed ends the reading, and so it takes one pass."""
    found: dict[str, str] = {}
    at = 0
    while begin := BEGIN.search(text, at):
        start = at = begin.end()
        if begin["empty"]:
            found.setdefault(begin["name"], "")
            continue
        end = _end(text, begin)
        if end is None:
            break
        at = end.end()
        if begin["name"]:
            raw = text[start : end.start()]
            value = raw.replace(ADJOINING, "") if begin["cdata"] else REFERENCE.sub(_meant, raw)
            found.setdefault(begin["name"], value)
    return found


def _end(text: str, begin: re.Match[str]) -> re.Match[str] | None:
    name = begin["name"]
    if not name:
        return re.compile(r"\]\]>").search(text, begin.end())
    if not begin["cdata"]:
        return re.compile(rf"</{name}\s*>").search(text, begin.end())
    ends = re.compile(rf"\]\]>\s*</{name}\s*>").finditer(text, begin.end())
    first = next(ends, None)
    return reduce(lambda _, end: end, ends, first) if name in WRITTEN else first


def _meant(reference: re.Match[str]) -> str:
    """The character that is written as a reference; none where there is no such."""
    decimal, hexadecimal, name = reference.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code <= 0x10FFFF else ""
