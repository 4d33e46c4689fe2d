"""WeChat's side of a follower: signs, posts, gives up, retries (protocol sheet 1)."""

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Literal
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from sandbox.sealing import NotSealed, Seal
from sandbox.wire import Kind, Malformed, Reply, exchange, new_msg_id, read_reply, signed, to_xml

GREY_LINE = "该公众号提供的服务出现故障，请稍后再试"  # 1.11
ACCOUNT = "gh_huixin"  # the official account that followers write to
VOICE = "media-1"  # the media id of what a follower says
RECORDING = Path(__file__).parent / "clips" / "zh.mp3"  # how a follower's voice sounds
SOON = 0.1  # seconds from a try that failed early to the next one

Result = Literal["reply", "empty", "dropped", "malformed", "refused"]


class NothingListens(Exception):
    """Nothing listens there."""


@dataclass(frozen=True)
class SeenTry:
    """One try as WeChat sees it: what came of it, and when."""

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
class Fate:
    """What became of a push. `delivered` is the try whose answer ended it, if one did."""

    msg_id: str | None  # None for an event
    tries: list[SeenTry]  # by number
    delivered: SeenTry | None

    @property
    def _said(self) -> Reply | None:
        return self.delivered.reply if self.delivered else None

    @property
    def kind(self) -> Kind | None:
        """What came, if a reply did."""
        return self._said.kind if self._said else None

    @property
    def content(self) -> str:
        """What came, whatever it is: see `Reply`."""
        return self._said.content if self._said else ""

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
        """What the follower sees: the text, nothing (1.10), or `GREY_LINE` (1.11).

        For what is to be heard or looked at `[voice]`, `[image]`, `[news]` with its title stand;
        `[transfer_customer_service]` for being handed over to people.
        """
        if self.delivered is None or self.delivered.result == "malformed":
            return GREY_LINE
        if self.kind in (None, "text"):
            return self.content
        title = self.content.partition("\n")[0] if self.kind == "news" else ""
        return f"[{self.kind}] {title}".strip()

    @property
    def seen_after(self) -> float | None:
        """Seconds from the first try to the answer; None where no try ended it."""
        return self.delivered.started + self.delivered.seconds if self.delivered else None


class Follower:
    """Somebody who follows the account, and WeChat between the two. One may say much at once.

    A try is held `try_seconds`. The next one starts `gap_seconds` after it started, or soon after
    all before it failed; shorter than `try_seconds`, tries overlap. `overlap` gives the starts of
    the tries instead: (0, 2, 4), or (0, 0, 0) for all at once. `on_begin` is told the number of
    each try as it begins, `on_try` each as it ends. With a `seal` what is pushed is sealed, and
    with `twin` it also stands open beside that, as in the compatible mode (4.4). `as_json`: in the
    other format that the console offers (4.9).
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        open_id: str = "follower-1",
        account: str = ACCOUNT,
        try_seconds: float = 5.0,
        gap_seconds: float = 5.0,
        tries: int = 3,
        overlap: Sequence[float] | None = None,
        on_begin: Callable[[int], None] = lambda _: None,
        on_try: Callable[[SeenTry], None] = lambda _: None,
        seal: Seal | None = None,
        twin: bool = False,
        as_json: bool = False,
    ) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._host, self._path = parts.netloc, parts.path or "/"
        self._token = token
        self._try_seconds = try_seconds
        self._offsets = overlap or [gap_seconds * i for i in range(tries)]
        self._on_begin, self._on_try = on_begin, on_try
        self._seal, self._twin, self._as_json = seal, twin, as_json
        self.open_id, self.account = open_id, account

    def say(self, text: str, *, msg_id: str | None = None, menu_id: str = "") -> Fate:
        """Send a text. The same `msg_id` again is the same message.

        `menu_id`: it was sent by tapping the link with this id (3.4).
        """
        menu = {"bizmsgmenuid": menu_id} if menu_id else {}
        return self._send("text", {"Content": text, **menu}, msg_id or new_msg_id())

    def send_picture(self, media_id: str, url: str, *, msg_id: str | None = None) -> Fate:
        """Send a picture that WeChat has under `media_id`, and shows at `url`."""
        fields = {"PicUrl": url, "MediaId": media_id}
        return self._send("image", fields, msg_id or new_msg_id())

    def send_voice(
        self, recognition: str = "", media_id: str = VOICE, *, msg_id: str | None = None
    ) -> Fate:
        """Send a voice, with what WeChat understood of it: today mostly nothing (2.2)."""
        voice = {"MediaId": media_id, "Format": "amr", "MediaId16K": f"{media_id}-16k"}
        fields = {**voice, "Recognition": recognition}
        return self._send("voice", fields, msg_id or new_msg_id())

    def send_event(self, event: str, key: str = "") -> Fate:
        """Send `subscribe`, `CLICK` or another event (2.1)."""
        return self._send("event", {"Event": event, "EventKey": key}, None)

    def push(self, xml: bytes, msg_id: str | None = None) -> Fate:
        """Post a body as it is, in as many tries as it takes."""
        return self._deliver(lambda: self._post(xml, {}), msg_id)

    def verify_url(self) -> bool:
        """Whether the URL passes the check of WeChat's console (1.1). Raises `NothingListens`."""
        echostr = str(secrets.randbelow(10**19))
        answer = self._request("GET", {"echostr": echostr}, b"")
        if answer.result == "refused":
            raise NothingListens()
        return answer.status == 200 and answer.body == echostr.encode()

    def _send(self, kind: str, fields: dict[str, str], msg_id: str | None) -> Fate:
        elements = {"ToUserName": self.account, "FromUserName": self.open_id}
        elements |= {"CreateTime": str(int(time.time())), "MsgType": kind, **fields}
        if msg_id:
            elements["MsgId"] = msg_id
        body = json.dumps(elements).encode() if self._as_json else to_xml(elements)
        seal, as_json = self._seal, self._as_json
        if seal is None:
            return self.push(body, msg_id)
        twin = elements if self._twin else None
        return self._deliver(
            lambda: self._post(*seal.push(body, as_json=as_json, twin=twin)), msg_id
        )

    def _deliver(self, post: Callable[[], SeenTry], msg_id: str | None) -> Fate:
        return _Delivery(self._offsets, post, self._on_begin, self._on_try).run(msg_id)

    def _post(self, body: bytes, query: dict[str, str]) -> SeenTry:
        answer = self._request("POST", {"openid": self.open_id, **query}, body)
        if answer.status is None:
            return answer
        if answer.status != 200:
            return replace(answer, result="malformed", detail=f"HTTP {answer.status}")
        if answer.body in (b"", b"success"):
            return replace(answer, result="empty", detail="taken, nothing to show")
        try:
            reply = read_reply(self._opened(answer.body), to=self.open_id, sender=self.account)
        except (Malformed, NotSealed) as why:
            return replace(answer, result="malformed", detail=f"malformed: {why}")
        return replace(answer, reply=reply)

    def _opened(self, answer: bytes) -> bytes:
        """What a sealed reply brings. In the compatible mode it may also come open (4.4)."""
        if self._seal is None or (self._twin and b"Encrypt" not in answer):
            return answer
        try:
            if self._as_json:
                elements = {name: str(value) for name, value in json.loads(answer).items()}
            else:
                elements = {one.tag: one.text or "" for one in fromstring(answer)}
        except (ParseError, ValueError, LookupError):
            raise NotSealed("neither XML nor JSON") from None
        return self._seal.open(elements)

    def _request(self, method: str, query: dict[str, str], body: bytes) -> SeenTry:
        target = f"{self._path}?{urlencode(signed(self._token) | query, errors='replace')}"
        head = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n"
        head += f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        deadline = time.monotonic() + self._try_seconds
        result: Result = "dropped"
        try:
            status, answer = exchange(self._address, head.encode() + body, deadline)
            return SeenTry("reply", f"reply, {len(answer)} bytes", status, answer)
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
        return SeenTry(result, detail)


class _Delivery:
    """A message on its way: the tries that carry it, and which of their answers delivers (1.9)."""

    def __init__(
        self,
        offsets: Sequence[float],
        post: Callable[[], SeenTry],
        on_begin: Callable[[int], None],
        on_try: Callable[[SeenTry], None],
    ) -> None:
        self._offsets, self._post = offsets, post
        self._on_begin, self._on_try = on_begin, on_try
        self._begun = time.monotonic()
        self._ended: Queue[SeenTry] = Queue()
        self._open: set[int] = set()
        self._tries: dict[int, SeenTry] = {}
        self._delivered: SeenTry | None = None

    def run(self, msg_id: str | None) -> Fate:
        """Make the tries. Ends when each of them has, also those whose answer nobody reads."""
        for number, offset in enumerate(self._offsets, 1):
            self._wait_for_turn(offset)
            if self._delivered:
                break
            self._open.add(number)
            self._on_begin(number)
            Thread(target=self._make_try, args=(number,), daemon=True).start()
        while self._open:
            self._take_one()
        return Fate(msg_id, [self._tries[n] for n in sorted(self._tries)], self._delivered)

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
