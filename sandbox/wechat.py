"""WeChat's side of a follower, from the protocol sheet 1-3 alone: signs, posts, gives up, retries.

`python -m sandbox.wechat 你好`, or without a text to chat; "+" taps the link of the last reply.
"""

import argparse
import hashlib
import io
import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree.ElementTree import ParseError

import yaml
from defusedxml.ElementTree import fromstring

GREY_LINE = "该公众号提供的服务出现故障，请稍后再试"  # 1.11
LONGEST_TEXT = 2048  # bytes of UTF-8 (3.2)
VOICE = "media-1"  # the media id of what a follower says
RECORDING = Path(__file__).parent / "clips" / "zh.mp3"  # how a follower's voice sounds
SOON = 0.1  # seconds from a try that failed early to the next one

Result = Literal["reply", "empty", "dropped", "malformed", "refused"]
Kind = Literal["text", "voice"]


class NothingListens(Exception):
    """Nothing listens there."""


class NothingToTap(Exception):
    """The reply has no such link."""


class Malformed(Exception):
    """WeChat does not take this for a reply."""


@dataclass(frozen=True)
class Reply:
    """A passive reply. `content` is the text, or the media id of a voice."""

    kind: Kind
    content: str


class _Line(io.RawIOBase):
    """What a connection brings until a fixed moment, however slowly it drips."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(0.001, self._deadline - time.monotonic()))
        return self._connection.recv_into(buffer)


def exchange(address: tuple[str, int], request: bytes, deadline: float) -> tuple[int, bytes]:
    """One HTTP request and its answer's status and body, by `deadline` on the monotonic clock.

    Raises `OSError` (`TimeoutError` at the deadline) and `HTTPException`.
    """
    with socket.create_connection(address, max(0.001, deadline - time.monotonic())) as connection:
        connection.sendall(request)
        line: Any = _Line(connection, deadline)
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
    """A text or voice reply (3.1, 3.2). Raises `Malformed` for what makes the grey line (1.11)."""
    try:
        xml = fromstring(body)
    except (ParseError, ValueError, LookupError) as exc:
        raise Malformed("not XML") from exc
    if (xml.findtext("ToUserName"), xml.findtext("FromUserName")) != (to, sender):
        raise Malformed("ToUserName and FromUserName are not ours, swapped")
    if not (xml.findtext("CreateTime") or "").isdigit():
        raise Malformed("no CreateTime")
    places: dict[str | None, tuple[Kind, str]] = {
        "text": ("text", "Content"),
        "voice": ("voice", "Voice/MediaId"),
    }
    kind, place = places.get(xml.findtext("MsgType"), ("text", ""))
    content = xml.findtext(place) if place else None
    if not content:
        raise Malformed("neither a text nor a voice")
    if len(content.encode()) > LONGEST_TEXT:
        raise Malformed(f"a text of {len(content.encode())} bytes")
    return Reply(kind, content)


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


@dataclass(frozen=True)
class Try:
    """One request: what came of it, and when."""

    result: Result
    detail: str  # for people
    status: int | None = None  # of HTTP, where there was an answer
    body: bytes = b""
    reply: Reply | None = None
    number: int = 0  # from 1
    started: float = 0.0  # seconds from the message's first try
    seconds: float = 0.0  # that it lasted
    lost: bool = False  # answered while a newer try was open (1.9)

    @property
    def final(self) -> bool:
        """Whether WeChat asks no more after it: a 5xx may be tried again, bad XML is not (1.11)."""
        return self.status == 200 and not self.lost


@dataclass(frozen=True)
class Outcome:
    """How a push ended. `delivered` is the try whose answer ended it, if one did."""

    msg_id: str | None  # None for an event
    tries: list[Try]  # by number
    delivered: Try | None

    @property
    def _said(self) -> Reply | None:
        return self.delivered.reply if self.delivered else None

    @property
    def kind(self) -> Kind | None:
        """What came, if a reply did."""
        return self._said.kind if self._said else None

    @property
    def reply(self) -> str | None:
        """The text, if one came."""
        return self._said.content if self._said and self._said.kind == "text" else None

    @property
    def media_id(self) -> str | None:
        """The voice, if one came."""
        return self._said.content if self._said and self._said.kind == "voice" else None

    @property
    def seen(self) -> str:
        """What the follower sees: the text, `[voice]`, nothing (1.10), or `GREY_LINE` (1.11)."""
        if self.delivered is None or self.delivered.result == "malformed":
            return GREY_LINE
        return self.reply if self.reply is not None else "[voice]" if self.media_id else ""

    @property
    def seen_after(self) -> float | None:
        """Seconds from the first try to the answer; None where no try ended it."""
        return self.delivered.started + self.delivered.seconds if self.delivered else None


class Follower:
    """Somebody who follows the account, and WeChat between the two. One may say much at once.

    A try is held `try_seconds`. The next one starts `gap_seconds` after it started, or soon after
    all before it failed; shorter than `try_seconds`, tries overlap. `overlap` gives the starts of
    the tries instead: (0, 2, 4), or (0, 0, 0) for all at once. `on_try` is told each as it ends.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        open_id: str = "follower-1",
        account: str = "gh_huixin",
        try_seconds: float = 5.0,
        gap_seconds: float = 5.0,
        tries: int = 3,
        overlap: Sequence[float] | None = None,
        on_try: Callable[[Try], None] = lambda _: None,
    ) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host, self._path = parts.netloc, parts.path or "/"
        self._token = token
        self._try_seconds = try_seconds
        self._offsets = overlap or [gap_seconds * i for i in range(tries)]
        self._on_try = on_try
        self.open_id, self.account = open_id, account

    def say(self, text: str, *, msg_id: str | None = None) -> Outcome:
        """Send a text. The same `msg_id` again is the same message."""
        return self._send("text", {"Content": text}, msg_id or new_msg_id())

    def send_voice(
        self, recognition: str = "", media_id: str = VOICE, *, msg_id: str | None = None
    ) -> Outcome:
        """Send a voice, with what WeChat understood of it: today mostly nothing (2.2)."""
        voice = {"MediaId": media_id, "Format": "amr", "MediaId16K": f"{media_id}-16k"}
        fields = {**voice, "Recognition": recognition}
        return self._send("voice", fields, msg_id or new_msg_id())

    def send_event(self, event: str, key: str = "") -> Outcome:
        """Send `subscribe`, `CLICK` or another event (2.1)."""
        return self._send("event", {"Event": event, "EventKey": key}, None)

    def push(self, xml: bytes, msg_id: str | None = None) -> Outcome:
        """Post a body as it is, in as many tries as it takes."""
        return _Delivery(self._offsets, lambda: self._post(xml), self._on_try).run(msg_id)

    def verify_url(self) -> bool:
        """Whether the URL passes the check of WeChat's console (1.1). Raises `NothingListens`."""
        echostr = str(secrets.randbelow(10**19))
        answer = self._request("GET", {"echostr": echostr}, b"")
        if answer.result == "refused":
            raise NothingListens()
        return answer.status == 200 and answer.body == echostr.encode()

    def _send(self, kind: str, fields: dict[str, str], msg_id: str | None) -> Outcome:
        elements = {"ToUserName": self.account, "FromUserName": self.open_id}
        elements |= {"CreateTime": str(int(time.time())), "MsgType": kind, **fields}
        if msg_id:
            elements["MsgId"] = msg_id
        return self.push(to_xml(elements), msg_id)

    def _post(self, xml: bytes) -> Try:
        answer = self._request("POST", {"openid": self.open_id}, xml)
        if answer.status is None:
            return answer
        if answer.status != 200:
            return replace(answer, result="malformed", detail=f"HTTP {answer.status}")
        if answer.body in (b"", b"success"):
            return replace(answer, result="empty", detail="taken, nothing to show")
        try:
            reply = read_reply(answer.body, to=self.open_id, sender=self.account)
        except Malformed as why:
            return replace(answer, result="malformed", detail=f"malformed: {why}")
        return replace(answer, reply=reply)

    def _request(self, method: str, query: dict[str, str], body: bytes) -> Try:
        target = f"{self._path}?{urlencode(signed(self._token) | query, errors='replace')}"
        head = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n"
        head += f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        deadline = time.monotonic() + self._try_seconds
        result: Result = "dropped"
        try:
            status, answer = exchange(self._address, head.encode() + body, deadline)
            return Try("reply", f"reply, {len(answer)} bytes", status, answer)
        except TimeoutError:
            detail = "no answer (WeChat hangs up)"
        except ConnectionRefusedError:
            result, detail = "refused", "nothing listens"
        except ConnectionError:
            detail = "no answer (the server hung up)"
        except HTTPException as exc:
            result, detail = "malformed", f"malformed: HTTP, {type(exc).__name__}"
        except OSError as exc:
            result, detail = "refused", exc.strerror or type(exc).__name__
        return Try(result, detail)


class _Delivery:
    """A message on its way: the tries that carry it, and which of their answers delivers (1.9)."""

    def __init__(
        self, offsets: Sequence[float], post: Callable[[], Try], on_try: Callable[[Try], None]
    ) -> None:
        self._offsets, self._post, self._on_try = offsets, post, on_try
        self._begun = time.monotonic()
        self._ended: Queue[Try] = Queue()
        self._open: set[int] = set()
        self._tries: dict[int, Try] = {}
        self._delivered: Try | None = None

    def run(self, msg_id: str | None) -> Outcome:
        """Make the tries. Ends when each of them has, also those whose answer nobody reads."""
        for number, offset in enumerate(self._offsets, 1):
            self._wait_for_turn(offset)
            if self._delivered:
                break
            self._open.add(number)
            Thread(target=self._make_try, args=(number,), daemon=True).start()
        while self._open:
            self._take_one()
        return Outcome(msg_id, [self._tries[n] for n in sorted(self._tries)], self._delivered)

    def _make_try(self, number: int) -> None:
        started = time.monotonic()
        answer = self._post()
        seconds = time.monotonic() - started
        started -= self._begun
        self._ended.put(replace(answer, number=number, started=started, seconds=seconds))

    def _wait_for_turn(self, offset: float) -> None:
        while not self._delivered and (left := self._begun + offset - time.monotonic()) > 0:
            if not self._open:
                time.sleep(min(left, SOON))
                return
            self._take_one(left)

    def _take_one(self, seconds: float | None = None) -> None:
        try:
            ended = self._ended.get(timeout=seconds)
        except Empty:
            return
        self._open.remove(ended.number)
        if ended.status is not None and any(newer > ended.number for newer in self._open):
            ended = replace(ended, lost=True, detail=f"{ended.detail}, lost: a newer try is open")
        if ended.final and not self._delivered:
            self._delivered = ended
        self._tries[ended.number] = ended
        self._on_try(ended)


class Terminal:
    """A conversation printed as it happens."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.broken = False  # whether the grey line was seen
        self._last_reply = ""
        self._options = options
        self._follower = Follower(
            options.url,
            options.token,
            open_id=options.follower,
            overlap=options.overlap,
            on_try=_print_try,
        )

    def run(self) -> None:
        """Send the event, then the texts; with neither, what is typed. Raises `NothingListens`."""
        options = self._options
        if not self._follower.verify_url():
            print(f"{options.url} fails WeChat's URL check: is the token the same on both sides?")
        if options.event:
            self._send(f"({options.event})", "", lambda: self._follower.send_event(options.event))
        for text in options.text if options.text or options.event else typed():
            self.say(text)

    def say(self, text: str) -> None:
        """Send one text, or its voice. "+" is a tap on the last reply's link."""
        if text == "+":
            try:
                text = tap(self._last_reply)
            except NothingToTap:
                print("  the last reply has no link to tap")
                return
        send = self._follower.send_voice if self._options.voice else self._follower.say
        msg_id = new_msg_id()
        self._send(text, f"MsgId {msg_id}   ", lambda: send(text, msg_id=msg_id))

    def _send(self, what: str, msg_id: str, send: Callable[[], Outcome]) -> None:
        print(f"→ {what:<24} {msg_id}{self._follower.open_id}", flush=True)
        outcome = send()
        self._last_reply = outcome.reply or ""
        self.broken |= outcome.seen == GREY_LINE
        shown = LINK.sub(r"[\3]", outcome.seen)
        print(f"← {shown or '(nothing)'}", flush=True)
        if outcome.delivered:
            on = outcome.delivered.number
            print(f"  seen after {outcome.seen_after:.2f} s on try {on}", flush=True)


def _print_try(ended: Try) -> None:
    times = f"{ended.started:.2f} s … {ended.started + ended.seconds:.2f} s"
    print(f"  try {ended.number}   {times}   {ended.detail}", flush=True)


def typed() -> Iterator[str]:
    """What is typed, line by line, until Ctrl-D."""
    print('Type a message; "+" taps the link of the last reply; Ctrl-D ends.')
    while True:
        try:
            line = input("… ").strip()
        except EOFError:
            return
        if line:
            yield line


def configured(path: Path) -> tuple[str, str]:
    """The URL and the token in a config file, with defaults for what it does not say.

    Raises `yaml.YAMLError`.
    """
    content = yaml.safe_load(path.read_bytes()) if path.is_file() else None

    def said(section: str, key: str, default: str) -> str:
        inside = content.get(section) if isinstance(content, dict) else None
        value = inside.get(key, default) if isinstance(inside, dict) else default
        return os.path.expandvars(str(value))

    host = said("server", "host", "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)
    where = f"{host}:{said('server', 'port', '8080')}"
    path_of_url = said("server", "path", "/wechat").strip("/")
    return f"http://{where}/{path_of_url}", said("wechat", "token", "****")


def web_address(text: str) -> str:
    """The URL itself. Raises `ValueError` where it is not one that a try can be posted to."""
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.port == 0:
        raise ValueError()
    return text


def offsets(text: str) -> list[float]:
    """The starts of overlapping tries, in seconds: "0,2,4"."""
    return [float(part) for part in text.split(",")]


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, with URL and token from the config file where it does not give them."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.wechat", description=__doc__)
    parser.add_argument("text", nargs="*", help='what to send, in turn; "+" taps the last link')
    parser.add_argument("--config", type=Path, default=Path("config.yml"))
    parser.add_argument("--url", type=web_address, help="instead of the one in the config file")
    parser.add_argument("--token", help="instead of the one in the config file")
    parser.add_argument("--follower", default="follower-1", metavar="NAME")
    parser.add_argument("--voice", action="store_true", help="the texts are spoken")
    parser.add_argument("--event", metavar="NAME", help="send subscribe, CLICK, ... first")
    parser.add_argument(
        "--overlap",
        type=offsets,
        nargs="?",
        const=[0, 2, 4],
        metavar="SECONDS,...",
        help="start the tries then, without waiting for the earlier ones (0,2,4)",
    )
    options = parser.parse_args(arguments)
    try:
        url, token = configured(options.config)
        options.url, options.token = options.url or web_address(url), options.token or token
    except (yaml.YAMLError, ValueError, OSError):
        parser.error(f"{options.config}: no YAML, or no address in it that can be posted to")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 if the grey line was seen, 2 if nothing listens, 130 for Ctrl-C."""
    options = parsed(arguments)
    terminal = Terminal(options)
    try:
        terminal.run()
    except NothingListens:
        print(f"nothing listens at {options.url}: start it with make run", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 1
    return int(terminal.broken)


if __name__ == "__main__":
    sys.exit(main())
