"""Calls to WeChat's API: voices up and down, addresses, and the access token for all of them.

The token is part of every address (protocol sheet 5), and what `requests` raises holds addresses:
errors are made anew here and raised where nothing, not even their context, leads back to it.
"""

import json
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import gevent
import requests
from gevent import Timeout
from gevent.lock import BoundedSemaphore
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ProxyError, RequestException
from urllib3.exceptions import HTTPError, NewConnectionError

from integrations.wechat.errors import (
    AnswerTooLarge,
    Busy,
    MediaGone,
    NoAnswer,
    TokenRejected,
    UploadUnsure,
    WeChatAnswerMalformed,
    WeChatError,
    WeChatUnreachable,
    named,
)

T = TypeVar("T")

JSON_BYTES = 1024 * 1024
MEDIA_BYTES = 3 * 1024 * 1024  # a voice message has at most 2 MB (sheet 7.1)
PIECE_BYTES = 64 * 1024
LISTED = 20  # voices in one answer, as many as there may be (sheet 7.3)
CONNECTIONS = 50  # kept open
BUSY_PAUSES = (0.2, 0.6)  # seconds, around which to wait before asking a busy service again
SPARE_SECONDS = 240.0  # left of a token when the next one is fetched: there is one since 300 (5.2)
DAY_SECONDS = 24 * 3600.0
CLAIM_SECONDS = 10.0  # for which one process may fetch a token while the others wait
LOOK_EVERY = 0.05  # seconds; no process is told that another one has fetched it
FORCED_APART_SECONDS = 30.0  # sooner WeChat forces nothing (5.2)
FORCED_PER_DAY = 20
STABLE_TOKEN = "stable_token"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# At lower levels urllib3 logs addresses, and the token with them.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Token:
    """An access token; `expires_at` is in seconds since 1970."""

    value: str = field(repr=False)
    expires_at: float


class TokenShelf(Protocol):
    """Where the token of this one AppID (and address of the API) is kept across restarts.

    Nothing is raised: a shelf that cannot be read is empty, one that cannot be written stays so.
    """

    def read(self) -> Token | None: ...

    def save(self, token: Token) -> None: ...

    def forget(self) -> None: ...

    def claim(self, seconds: float) -> bool:
        """Have the fetching to this process, at most so long; False where another one has it."""

    def let_go(self) -> None:
        """Leave the fetching to others."""


@dataclass(frozen=True)
class _Call:
    """One call: `path` stands below /cgi-bin/, `deadline` is of `time.monotonic()`."""

    method: str
    path: str
    deadline: float
    query: dict[str, str] = field(default_factory=dict, repr=False)
    content: dict[str, object] | None = field(default=None, repr=False)  # goes as JSON
    voice: tuple[str, bytes, str] | None = field(default=None, repr=False)  # goes as a file
    limit: int = JSON_BYTES  # of the answer


@dataclass(frozen=True)
class _Answer:
    body: bytes = field(repr=False)
    content: dict[str, Any] | None = field(repr=False)  # the JSON object that the body is, if it is
    content_type: str


class WeChatApi:
    """WeChat's API for one account, at `api_base` (scheme and host, without a last slash).

    Connecting takes at most `connect_seconds`, a silence `read_seconds`, and a whole call, with
    fetching a token and asking again, ends by its `deadline`, in seconds of `time.monotonic()`.
    Every call raises `WeChatError`s; `clock` gives the seconds since 1970 that tokens age by.
    """

    def __init__(
        self,
        *,
        api_base: str = "https://api.weixin.qq.com",
        appid: str,
        secret: str,
        tokens: TokenShelf,
        clock: Callable[[], float] = time.time,
        connect_seconds: float,
        read_seconds: float,
    ) -> None:
        self._api_base = api_base
        self._appid = appid
        self._secret = secret
        self._shelf = tokens
        self._clock = clock
        self._timeouts = (connect_seconds, read_seconds)
        self._fetching = BoundedSemaphore(1)
        self._forced: deque[float] = deque(maxlen=FORCED_PER_DAY)  # when
        self._session = requests.Session()
        # A stand-in on this machine is not behind the operator's proxy.
        self._session.trust_env = urlsplit(api_base).hostname not in LOOPBACK
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)
            self._session.mount(scheme, adapter)

    def add_voice(self, mp3: bytes, *, name: str, permanent: bool, deadline: float) -> str:
        """Upload a voice of at most 2 MB and 60 s, and return its media id (sheet 7.1, 7.2).

        `name` is the file's, which ends in `.mp3`; a permanent voice is listed with it.

        A temporary one is gone after 3 days; a permanent one counts until it is deleted. Raises
        `UploadUnsure` where WeChat may have kept it without telling us its id.
        """
        path = "material/add_material" if permanent else "media/upload"
        voice = (name, mp3, "audio/mpeg")
        call = _Call("POST", path, deadline, query={"type": "voice"}, voice=voice)
        return _field(call, self._perform(call), "media_id", str)

    def delete_material(self, media_id: str, *, deadline: float) -> None:
        """Delete a permanent voice. One that is gone already is as good as deleted."""
        content: dict[str, object] = {"media_id": media_id}
        call = _Call("POST", "material/del_material", deadline, content=content)
        try:
            _field(call, self._perform(call), "errcode", int)
        except MediaGone:
            pass

    def download_media(self, media_id: str, *, deadline: float) -> bytes:
        """What a follower recorded, at most 3 MiB. Raises `MediaGone` after its 3 days."""
        query = {"media_id": media_id}
        call = _Call("GET", "media/get", deadline, query=query, limit=MEDIA_BYTES)
        answer = self._perform(call)
        if answer.content is not None or answer.content_type.startswith("text/"):
            raise _unclear(call, WeChatAnswerMalformed, "not a recording")
        if not answer.body:
            raise _unclear(call, WeChatAnswerMalformed, "nothing came")
        return answer.body

    def callback_addresses(self, *, deadline: float) -> list[str]:
        """The addresses that WeChat's pushes come from, each an IP or a range (sheet 6)."""
        call = _Call("GET", "getcallbackip", deadline)
        return [str(entry) for entry in _field(call, self._perform(call), "ip_list", list)]

    def material_count(self, *, deadline: float) -> int:
        """How many permanent voices the account holds, of at most 1000 (sheet 7.1)."""
        call = _Call("GET", "material/get_materialcount", deadline)
        return _field(call, self._perform(call), "voice_count", int)

    def voices(self, *, deadline: float) -> dict[str, str]:
        """The permanent voices of the account: the name of each file and its media id (7.3)."""
        found: dict[str, str] = {}
        offset = total = 0
        while offset == 0 or offset < total:
            content: dict[str, object] = {"type": "voice", "offset": offset, "count": LISTED}
            call = _Call("POST", "material/batchget_material", deadline, content=content)
            answer = self._perform(call)
            total = _field(call, answer, "total_count", int)
            items = _field(call, answer, "item", list)
            for item in items:
                if isinstance(item, dict):
                    found[str(item.get("name", ""))] = str(item.get("media_id", ""))
            if not items:
                break
            offset += len(items)
        return found

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _perform(self, call: _Call) -> _Answer:
        """Make a call with a token; once more with another one if WeChat rejects that."""
        token = self._token(call.deadline)
        try:
            return self._ask(call, token)
        except TokenRejected:
            pass
        return self._ask(call, self._another_token(token, call.deadline))

    def _token(self, deadline: float) -> Token:
        if token := self._shelved():
            return token
        with self._one_at_a_time(deadline):
            return self._shelved() or self._fetch(deadline)

    def _another_token(self, dead: Token, deadline: float) -> Token:
        with self._one_at_a_time(deadline):
            shelved = self._shelved()
            if shelved and shelved.value != dead.value:
                return shelved  # somebody else was here first
            self._shelf.forget()
            return self._fetch(deadline, dead=dead.value)

    def _shelved(self) -> Token | None:
        token = self._shelf.read()
        lasts = token is not None and token.expires_at - self._clock() > SPARE_SECONDS
        return token if lasts else None

    def _fetch(self, deadline: float, *, dead: str = "") -> Token:
        """Ask for a token other than the dead one, and keep it."""
        token = self._ask_for_token(deadline)
        if token.value == dead:
            self._note_forced()
            token = self._ask_for_token(deadline, force_refresh=True)
        if token.value == dead:
            raise TokenRejected(STABLE_TOKEN, "gave the rejected token again")
        self._shelf.save(token)
        return token

    def _ask_for_token(self, deadline: float, **how: object) -> Token:
        credentials = {"appid": self._appid, "secret": self._secret}
        content = {"grant_type": "client_credential", **credentials, **how}
        call = _Call("POST", STABLE_TOKEN, deadline, content=content)
        asked_at = self._clock()
        answer = self._ask(call)
        lasts = _field(call, answer, "expires_in", int)
        return Token(_field(call, answer, "access_token", str), asked_at + lasts)

    def _note_forced(self) -> None:
        now, forced = self._clock(), self._forced
        too_soon = forced and now - forced[-1] < FORCED_APART_SECONDS
        if too_soon or (len(forced) == FORCED_PER_DAY and now - forced[0] < DAY_SECONDS):
            raise TokenRejected(STABLE_TOKEN, "gave the rejected token again; not forced so soon")
        forced.append(now)

    @contextmanager
    def _one_at_a_time(self, deadline: float) -> Iterator[None]:
        if not self._fetching.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise WeChatUnreachable(STABLE_TOKEN, "another call still waits for it")
        try:
            self._claim(deadline)
            yield
        finally:
            self._shelf.let_go()
            self._fetching.release()

    def _claim(self, deadline: float) -> None:
        while not self._shelf.claim(CLAIM_SECONDS):
            if time.monotonic() >= deadline:
                raise WeChatUnreachable(STABLE_TOKEN, "another process still waits for it")
            gevent.sleep(LOOK_EVERY)

    def _ask(self, call: _Call, token: Token | None = None) -> _Answer:
        """Ask, and ask a busy service again where the deadline allows."""
        for pause in BUSY_PAUSES:
            try:
                return self._ask_once(call, token)
            except Busy:
                seconds = pause * random.uniform(0.5, 1.5)
                if time.monotonic() + seconds >= call.deadline:
                    raise
            gevent.sleep(seconds)
        return self._ask_once(call, token)

    def _ask_once(self, call: _Call, token: Token | None) -> _Answer:
        answer = self._exchange(call, {"access_token": token.value} if token else {})
        content = answer.content or {}
        errcode, errmsg = content.get("errcode", 0), str(content.get("errmsg", ""))
        if not isinstance(errcode, int):
            raise _unclear(call, WeChatAnswerMalformed, "an errcode that is no number")
        if errcode:
            raise named(call.path, errcode, errmsg, asks_for_token=token is None)
        return answer

    def _exchange(self, call: _Call, token: dict[str, str]) -> _Answer:
        """One request and its whole answer, or the error that stands for what went wrong."""
        left = call.deadline - time.monotonic()
        if left <= 0:
            raise WeChatUnreachable(call.path, "no time left to ask")
        cut = Timeout(left)  # the timeouts of `requests` do not end a server that dribbles
        try:
            with cut, self._request(call, token) as response:
                return _read(call, response)
        except Timeout as timeout:
            if timeout is not cut:
                raise
            problem = _unclear(call, NoAnswer, "no whole answer in time")
        except (RequestException, HTTPError) as exc:
            problem = _named_after(call, exc)
        raise problem

    def _request(self, call: _Call, token: dict[str, str]) -> requests.Response:
        return self._session.request(
            call.method,
            f"{self._api_base}/cgi-bin/{call.path}",
            params=call.query | token,
            json=call.content,
            # WeChat takes no part without a file name (sheet 7.1).
            files={"media": call.voice} if call.voice is not None else None,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        )


def _read(call: _Call, response: requests.Response) -> _Answer:
    status = response.status_code
    if status != 200:
        kind = NoAnswer if status >= 500 else WeChatAnswerMalformed
        raise _unclear(call, kind, f"HTTP {status}")
    body = bytearray()
    for piece in response.iter_content(PIECE_BYTES):
        body += piece
        if len(body) > call.limit:
            raise _unclear(call, AnswerTooLarge, f"more than {call.limit} bytes")
    return _Answer(bytes(body), _object_in(body), response.headers.get("Content-Type", ""))


def _object_in(body: bytearray) -> dict[str, Any] | None:
    """The JSON object that a body is, whatever its type claims (sheet 7.2)."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _field(call: _Call, answer: _Answer, name: str, kind: type[T]) -> T:
    """A field that WeChat's answer to this call must have."""
    value = (answer.content or {}).get(name)
    if not isinstance(value, kind) or value == "":
        raise _unclear(call, WeChatAnswerMalformed, f"an answer without {name}")
    return value


def _named_after(call: _Call, exc: Exception) -> WeChatError:
    reason = type(exc).__name__
    cause = getattr(exc.args[0], "reason", None) if exc.args else None
    if isinstance(exc, ConnectTimeout | ProxyError) or isinstance(cause, NewConnectionError):
        return WeChatUnreachable(call.path, reason)
    return _unclear(call, NoAnswer, reason)


def _unclear(call: _Call, kind: type[WeChatError], reason: str) -> WeChatError:
    """The error for a call that WeChat may have done, which matters where it was an upload."""
    return (UploadUnsure if call.voice is not None else kind)(call.path, reason)
