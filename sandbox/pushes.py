"""Pushes, right and spoilt: each is made from a seed and its number, but for times and nonces."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from sandbox.sealing import Seal, padded
from sandbox.wire import signed, to_xml

ACCOUNT = "gh_huixin"
TAG = re.compile(r"[0-9a-f]{12}")
BLOCK = 16  # bytes of AES

Expected = Literal["answer", "taken", "refused", "anything"]

WORDS = (
    "你好",
    "hello",
    "a]]>b",
    "😀👨‍👩‍👧",
    "<b>&amp;</b>",
    "'\"--;",
    "多行\n第二行",
    "长" * 10_000,
)
EVENTS = ("subscribe", "CLICK", "LOCATION", "unsubscribe", "SCAN", "something_new")
KINDS = ("image", "video", "location", "link", "miniprogrampage", "hologram")
SNIPPETS = (
    *(b"]]>", b"<![CDATA[", b"]]]]><![CDATA[>", b"<!--", b"<?x", b"&lol;", b"&#0;", b"&#xD800;"),
    *(b"\x00", b"\x1b[31m", b"\x7f", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbf\xbe"),
    *(b"\\ud800", b"\\u0000", b"\\", b'"', b"'", b"{}", b"%s{0}", b"\r\n", b"NaN", b"1e400"),
    *(b"<!DOCTYPE x [<!ENTITY lol 'lol'>]>", b"<a>" * 3000, b"[" * 20_000, b'{"a":' * 5000),
    *("😀".encode(), "\u202e".encode(), "٣".encode(), b"x" * 70_000, b"x" * 10_000),
)
NUMBERS = (b"", b"-1", b"0", b"1.5", b"1e9", b"9" * 20, b"9" * 5000, "٣".encode(), b"null")
NAMES = (
    *(b"ToUserName", b"FromUserName", b"CreateTime", b"MsgType", b"MsgId", b"Content", b"Event"),
    *(b"Encrypt", b"text", b"voice", b"event", b"xml"),
)


@dataclass(frozen=True)
class Body:
    """One push. `tag` stands in its sender's name and its text, and in no other push."""

    kind: str  # for the report
    content: bytes = field(repr=False)
    query: dict[str, str] = field(repr=False)
    tag: str
    expected: Expected = "anything"  # and never a 5xx or somebody else's reply
    to: str = ""  # the sender's name, where the push is whole

    @property
    def is_json(self) -> bool:
        return self.content.startswith(b"{")


class Bodies:
    """Makes pushes for a server with an encryption key (`only_sealed`), or for one without."""

    def __init__(self, token: str, seal: Seal, *, seed: int, only_sealed: bool) -> None:
        self._token, self._seal = token, seal
        self._seed, self._only_sealed = seed, only_sealed

    def make(self, number: int) -> Body:
        """The push of this number."""
        rng = Random(f"{self._seed} {self._only_sealed} {number}")
        tag = f"{rng.getrandbits(48):012x}"
        return (self._sealed if self._only_sealed else self._open)(rng, tag)

    def _open(self, rng: Random, tag: str) -> Body:
        pushed, expected = elements(rng, tag)
        plain, query = written(rng, pushed), signed(self._token)
        drawn = rng.random()
        if drawn < 0.2:
            return Body("valid", plain, query, tag, expected, pushed["FromUserName"])
        if drawn < 0.95:
            return Body("mutated", mutated(rng, plain, tag), query, tag)
        content, query = self._seal.push(plain, as_json=rng.random() < 0.5)
        return Body("sealed, no key", content, query, tag, "refused")

    def _sealed(self, rng: Random, tag: str) -> Body:
        pushed, expected = elements(rng, tag)
        plain, as_json = written(rng, pushed), rng.random() < 0.5
        twin = pushed if rng.random() < 0.5 else None  # the compatible mode
        drawn = rng.random()
        if drawn < 0.2:
            content, query = self._seal.push(plain, as_json=as_json, twin=twin)
            return Body("sealed", content, query, tag, expected, pushed["FromUserName"])
        if drawn < 0.45:
            plain = mutated(rng, plain, tag)
            content, query = self._seal.push(plain, as_json=as_json, twin=twin)
            return Body("mutated, then sealed", content, query, tag)
        if drawn < 0.9:
            content, query = self._spoilt(rng, plain, tag, as_json, twin)
            return Body("sealed, then mutated", content, query, tag)
        return Body("open, key set", plain, signed(self._token), tag, "refused")

    def _spoilt(
        self, rng: Random, plain: bytes, tag: str, as_json: bool, twin: dict[str, str] | None
    ) -> tuple[bytes, dict[str, str]]:
        """Spoilt in the frame and signed again, in what is signed, in the body or in the query."""
        seal, where = self._seal, rng.randrange(4)
        blocks = padded(seal.frame(plain))
        if where == 0:
            blocks = spoilt_frame(rng, seal.frame(plain))
        encrypt = seal.encipher(blocks)
        if where == 1:
            encrypt = mutated(rng, encrypt.encode(), tag).decode("utf-8", "replace")
        content, query = seal.body(encrypt, as_json=as_json, twin=twin), seal.query(encrypt)
        if where == 2:
            content = mutated(rng, content, tag)
        if where == 3:
            name = rng.choice([*query])
            query[name] = mutated(rng, query[name].encode(), tag)[:200].decode("latin-1")
        return content, query


def elements(rng: Random, tag: str) -> tuple[dict[str, str], Expected]:
    """A push as WeChat makes it, and what is to come of it."""
    sender = rng.choice(["o{}", "o'\"{}", "o<{}>&amp;", "o]]>{}"]).format(tag)
    pushed = {"ToUserName": ACCOUNT, "FromUserName": sender, "CreateTime": "1700000000"}
    msg_id = {"MsgId": str(rng.randrange(10**17, 10**18))}
    drawn = rng.random()
    if drawn < 0.6:
        said = f"{tag} {rng.choice(WORDS)}"
        return pushed | {"MsgType": "text", "Content": said} | msg_id, "answer"
    if drawn < 0.7:
        voice = {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": f"{tag} 你好"}
        return pushed | voice | msg_id, "answer"
    if drawn < 0.75:
        return pushed | {"MsgType": "text", "Content": ""} | msg_id, "taken"
    if drawn < 0.88:
        event = {"MsgType": "event", "Event": rng.choice(EVENTS), "EventKey": tag}
        return pushed | event, "taken"
    return pushed | {"MsgType": rng.choice(KINDS), "MediaId": "m"} | msg_id, "taken"


def written(rng: Random, pushed: dict[str, str]) -> bytes:
    """As XML, or as JSON with its numbers as digits or as numbers."""
    if rng.random() < 0.5:
        return to_xml(pushed)
    numbers = ("CreateTime", "MsgId") if rng.random() < 0.5 else ()
    content = {name: int(value) if name in numbers else value for name, value in pushed.items()}
    return json.dumps(content, ensure_ascii=rng.random() < 0.5).encode()


def mutated(rng: Random, content: bytes, tag: str) -> bytes:
    """A push's content with one to four things changed."""
    for _ in range(rng.randint(1, 4)):
        content = rng.choice(WAYS)(rng, content, tag.encode())
    return content


def spoilt_frame(rng: Random, frame: bytes) -> bytes:
    """Whole AES blocks of a frame with a wrong length, appid or padding (protocol sheet 4.2)."""
    where = rng.randrange(4)
    if where == 0:
        length = rng.choice([0, 1, len(frame) - 1, len(frame), 2**31, 2**32 - 1])
        return padded(frame[:16] + length.to_bytes(4, "big") + frame[20:])
    if where == 1:
        return padded(frame[: -rng.randint(1, 18)] + rng.choice([b"", b"wx-another"]))
    if where == 2:
        blocks = padded(frame)
        return blocks[:-1] + bytes([rng.choice([0, 33, 255, (blocks[-1] + 1) % 256])])
    return padded(frame)[: BLOCK * rng.randrange(4)]


def _flip(rng: Random, content: bytes, _: bytes) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def _piece(rng: Random, content: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(content))
    return start, min(len(content), start + rng.choice([1, 2, 8, 40, 400]))


def _drop(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _piece(rng, content)
    return content[:start] + content[end:]


def _double(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _piece(rng, content)
    return content[:end] + content[start:]


def _scramble(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _piece(rng, content)
    return content[:start] + rng.randbytes(end - start) + content[end:]


def _truncate(rng: Random, content: bytes, _: bytes) -> bytes:
    return content[: rng.randint(0, len(content))]


def _insert(rng: Random, content: bytes, _: bytes) -> bytes:
    at = rng.randint(0, len(content))
    return content[:at] + rng.choice(SNIPPETS) + content[at:]


def _insert_beside(rng: Random, content: bytes, tag: bytes) -> bytes:
    """In the sender's name or the text."""
    places = [found.end() for found in re.finditer(re.escape(tag), content)]
    at = rng.choice(places or [0])
    return content[:at] + rng.choice(SNIPPETS) + content[at:]


def _renumber(rng: Random, content: bytes, _: bytes) -> bytes:
    found = rng.choice([*re.finditer(rb"\d+", content)] or [None])
    if found is None:
        return content
    return content[: found.start()] + rng.choice(NUMBERS) + content[found.end() :]


def _rename(rng: Random, content: bytes, _: bytes) -> bytes:
    return content.replace(rng.choice(NAMES), rng.choice(NAMES), rng.choice([1, -1]))


WAYS: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    *(_flip, _drop, _double, _scramble, _truncate),
    *(_insert, _insert_beside, _insert_beside, _renumber, _rename),
)
