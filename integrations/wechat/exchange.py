"""One call of WeChat's API, from its request to its answer or to what went wrong with it.

The token is part of every address (protocol sheet 5), and what `requests` raises holds addresses:
errors are made anew here and raised where nothing, not even their context, leads back to it.
"""

import json
import logging
import random
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import gevent
import requests
from gevent import Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ProxyError, RequestException
from urllib3.exceptions import HTTPError, NewConnectionError

from integrations.wechat.errors import (
    AnswerTooLarge,
    Busy,
    NoAnswer,
    UploadUnsure,
    WeChatAnswerMalformed,
    WeChatError,
    WeChatUnreachable,
    named,
)

T = TypeVar("T")

JSON_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024
CONNECTIONS = 50  # kept open
BUSY_PAUSES = (0.2, 0.6)  # seconds, around which to wait before asking a busy service again
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# At lower levels urllib3 logs addresses, and the token with them.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class ApiCall:
    """One call: `path` stands below /cgi-bin/, `deadline` is of `time.monotonic()`."""

    method: str
    path: str
    deadline: float
    query: dict[str, str] = field(default_factory=dict, repr=False)
    content: dict[str, object] | None = field(default=None, repr=False)  # goes as JSON
    voice: tuple[str, bytes, str] | None = field(default=None, repr=False)  # goes as a file
    limit: int = JSON_BYTES  # of the answer


@dataclass(frozen=True)
class ApiAnswer:
    """What WeChat answered, which is no error."""

    body: bytes = field(repr=False)
    content: dict[str, Any] | None = field(repr=False)  # the JSON object that the body is, if it is
    content_type: str


class ApiExchange:
    """Calls at `api_base` (scheme and host, without a last slash), on connections that are kept.

    Connecting takes at most `connect_seconds`, a silence `read_seconds`, and a call its deadline.
    """

    def __init__(self, api_base: str, *, connect_seconds: float, read_seconds: float) -> None:
        self._api_base = api_base
        self._timeouts = (connect_seconds, read_seconds)
        self._session = requests.Session()
        # A stand-in on this machine is not behind the operator's proxy.
        self._session.trust_env = urlsplit(api_base).hostname not in LOOPBACK
        for scheme in ("http://", "https://"):
            adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS)
            self._session.mount(scheme, adapter)

    def ask(self, call: ApiCall, token: str | None = None) -> ApiAnswer:
        """Ask, and ask a busy service again where the deadline allows. Raises `WeChatError`s.

        Without a token the call is the one that asks for one.
        """
        for pause in BUSY_PAUSES:
            try:
                return self._ask_once(call, token)
            except Busy:
                seconds = pause * random.uniform(0.5, 1.5)
                if time.monotonic() + seconds >= call.deadline:
                    raise
            gevent.sleep(seconds)
        return self._ask_once(call, token)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _ask_once(self, call: ApiCall, token: str | None) -> ApiAnswer:
        answer = self._exchange(call, {} if token is None else {"access_token": token})
        content = answer.content or {}
        errcode, errmsg = content.get("errcode", 0), str(content.get("errmsg", ""))
        if not isinstance(errcode, int):
            raise unclear(call, WeChatAnswerMalformed, "an errcode that is no number")
        if errcode:
            raise named(call.path, errcode, errmsg, asks_for_token=token is None)
        return answer

    def _exchange(self, call: ApiCall, token: dict[str, str]) -> ApiAnswer:
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
            problem = unclear(call, NoAnswer, "no whole answer in time")
        except (RequestException, HTTPError) as exc:
            problem = _named_after(call, exc)
        raise problem

    def _request(self, call: ApiCall, token: dict[str, str]) -> requests.Response:
        return self._session.request(
            call.method,
            f"{self._api_base}/cgi-bin/{call.path}",
            params=call.query | token,
            json=call.content,
            # WeChat takes no part without a file name (protocol sheet 7.1).
            files={"media": call.voice} if call.voice is not None else None,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        )


def field_of(call: ApiCall, answer: ApiAnswer, name: str, kind: type[T]) -> T:
    """A field that WeChat's answer to this call must have, of that kind. Raises `WeChatError`s."""
    value = (answer.content or {}).get(name)
    if not isinstance(value, kind) or value == "":
        raise unclear(call, WeChatAnswerMalformed, f"an answer without {name}")
    return value


def unclear(call: ApiCall, kind: type[WeChatError], reason: str) -> WeChatError:
    """The error for a call that WeChat may have done, which matters where it was an upload."""
    return (UploadUnsure if call.voice is not None else kind)(call.path, reason)


def _read(call: ApiCall, response: requests.Response) -> ApiAnswer:
    status = response.status_code
    if status != 200:
        kind = NoAnswer if status >= 500 else WeChatAnswerMalformed
        raise unclear(call, kind, f"HTTP {status}")
    body = bytearray()
    for piece in response.iter_content(PIECE_BYTES):
        body += piece
        if len(body) > call.limit:
            raise unclear(call, AnswerTooLarge, f"more than {call.limit} bytes")
    return ApiAnswer(bytes(body), _object_in(body), response.headers.get("Content-Type", ""))


def _object_in(body: bytearray) -> dict[str, Any] | None:
    """The JSON object that a body is, whatever its type claims (protocol sheet 7.2)."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _named_after(call: ApiCall, exc: Exception) -> WeChatError:
    reason = type(exc).__name__
    cause = getattr(exc.args[0], "reason", None) if exc.args else None
    if isinstance(exc, ConnectTimeout | ProxyError) or isinstance(cause, NewConnectionError):
        return WeChatUnreachable(call.path, reason)
    return unclear(call, NoAnswer, reason)
