"""Pushes, right and spoilt: XML and JSON, open and sealed, spoilt before and after the sealing."""

import json
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from sandbox.sealing import Seal, padded
from sandbox.wire import signed, to_xml

KINDS = ("right", "spoilt", "sealed", "spoilt, then sealed", "sealed, then spoilt")
WEIGHTS = (2, 4, 1, 4, 4)
FOLLOWERS = 500
ODD_TEXTS = ("", "]]>", "😀👨‍👩‍👧", "&lt;&amp;", "'; DROP TABLE messages--", "\t\n", "𝕏" * 300)
TOKENS = (
    b"]]>",
    b"<![CDATA[",
    b"\x00",
    b"\x0b",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98",
    b"\xef\xbb\xbf",
    b"&#0;",
    b"&#xD800;",
    b"&x;",
    b"<!DOCTYPE x [<!ENTITY x 'y'>]>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"\\ud800",
    b"\\u0000",
    b'"',
    b"null",
    b"[[[[",
    b"1e999",
    b"-1",
    b"99999999999999999999999999",
    b"</xml>",
    b"<Encrypt>AAAA</Encrypt>",
    b"<MsgType>event</MsgType><Event>unsubscribe</Event>",
    b'{"',
)


@dataclass(frozen=True)
class Sent:
    """A request, and what is known of its answer."""

    kind: str
    target: str
    body: bytes
    open_id: str
    expected: str = ""  # stands in the reply, where there has to be one
    as_json: bool = False


class Bodies:
    """Makes requests to `path`, the same ones for the same `seed` but for times and nonces."""

    def __init__(self, seed: int, path: str, token: str, seal: Seal) -> None:
        self._seed, self._random = seed, Random(seed)
        self._path, self._token, self._seal = path, token, seal
        self._made = 0

    def make(self) -> Sent:
        """The next request."""
        self._made += 1
        self._random = Random(f"{self._seed}, {self._made}")  # whatever chance did to nonces before
        [kind] = self._random.choices(KINDS, WEIGHTS)
        as_json = self._random.random() < 0.4
        right = kind in ("right", "sealed")
        elements, expected = self._push(right)
        whole = json.dumps(elements).encode() if as_json else to_xml(elements)
        plain = self._spoil(whole) if kind.startswith("spoilt") else whole
        if "sealed" in kind:
            body, query = self._sealed(kind, plain, elements, as_json)
        else:
            body, query = plain, signed(self._token)
        if kind.startswith("spoilt") and self._random.random() < 0.1:
            query = self._odd(query)
        target = f"{self._path}?{urlencode(query, errors='replace')}"
        open_id = elements["FromUserName"]
        return Sent(kind, target, body, open_id, expected if right else "", as_json)

    def _push(self, right: bool) -> tuple[dict[str, str], str]:
        """The elements of a push, and the words that its reply must have.

        What is right and what is spoilt come from different followers, and so do the messages and
        the leavings of those: else what is right could be erased, or taken for a try of another.
        """
        number, choose = self._made, self._random.choice
        head = {"ToUserName": "gh_huixin", "CreateTime": str(1_700_000_000 + number)}
        who = "right" if right else "spoilt"
        head["FromUserName"] = f"o-{who}-'{self._random.randrange(FOLLOWERS)}\""
        msg_id = str(self._random.randrange(10**17, 10**18))
        if self._random.random() < 0.4:
            text = f"第{number}问{choose(ODD_TEXTS)}"
            if self._random.random() < 0.01:
                text += "字" * 10_000
            push = {"MsgType": "text", "Content": text, "MsgId": msg_id}
            return head | push, f"第{number}问"
        others = (
            ({"MsgType": "image", "PicUrl": "http://x/", "MediaId": "m"}, "图片"),
            ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": ""}, "没听清"),
            ({"MsgType": "location", "Location_X": "1.5", "Location_Y": "2"}, "位置"),
            ({"MsgType": "event", "Event": "subscribe", "EventKey": ""}, "很高兴认识你"),
            ({"MsgType": "event", "Event": "unsubscribe", "EventKey": ""}, ""),
            ({"MsgType": "event", "Event": "LOCATION", "Latitude": "23.1"}, ""),
        )
        push, expected = choose(others)
        has_id = {} if push["MsgType"] == "event" else {"MsgId": msg_id}
        if push.get("Event") == "unsubscribe":
            head["FromUserName"] = "o-leaving"
        return head | push | has_id, expected

    def _sealed(
        self, kind: str, plain: bytes, elements: dict[str, str], as_json: bool
    ) -> tuple[bytes, dict[str, str]]:
        twin = elements if self._random.random() < 0.3 else None
        frame = self._seal.frame(plain)
        spoilt = kind == "sealed, then spoilt"
        where = self._random.randrange(4) if spoilt else -1
        if where == 0:
            frame = self._spoil(frame)
        encrypt = self._seal.encipher(padded(frame))
        if where == 1:
            encrypt = self._spoil(encrypt.encode()).decode("utf-8", "replace")
        query = self._seal.query(encrypt)
        body = self._seal.body(encrypt, as_json=as_json, twin=twin)
        if where == 2:
            body = self._spoil(body)
        return body, self._odd(query) if where == 3 else query

    def _odd(self, query: dict[str, str]) -> dict[str, str]:
        name = self._random.choice(list(query))
        odd = self._spoil(query[name].encode()).decode("utf-8", "replace")
        return {key: value for key, value in query.items() if key != name} | {name: odd}

    def _spoil(self, content: bytes) -> bytes:
        """Up to six changes, each anywhere."""
        for _ in range(self._random.randint(1, 6)):
            content = self._changed(content)
        return content

    def _changed(self, content: bytes) -> bytes:
        random = self._random
        start = random.randint(0, len(content))
        end = min(len(content), start + random.randint(0, 40))
        piece = content[start:end]
        other = random.randint(0, len(content))
        return random.choice(
            (
                content[:start] + content[end:],
                content[:start] + random.randbytes(random.randint(1, 8)) + content[start:],
                content[:start] + random.choice(TOKENS) + content[start:],
                content[:start]
                + bytes(byte ^ 1 << random.randrange(8) for byte in piece[:1])
                + content[start + 1 :],
                content[:other] + piece + content[other:],
                content[:start] + piece * random.choice((2, 50)) + content[end:],
                content[:start] + piece.swapcase() + content[end:],
                content[: max(1, start)],
            )
        )
