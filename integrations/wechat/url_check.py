"""A URL, asked as WeChat asks the one in its console (protocol sheet 1.1, 1.2, 1.5).

Signed by our own token, from this machine and past any proxy of the environment: so what it shows
is how the way in answers, and not whether WeChat's machines reach it.
"""

import hashlib
import secrets
import ssl
import time
from dataclasses import dataclass, field
from socket import gaierror

import requests
from gevent import Timeout
from urllib3.exceptions import HTTPError, NameResolutionError

from integrations import IntegrationError, causes
from integrations.wechat.protocol import TRY_SECONDS

BODY_BYTES = 4096  # that are looked at
CHECKING = "X-Huixin-Check"  # asks the server whom it takes for the one who asks
SAW = "X-Huixin-Saw"  # and this is its answer


class UrlUnanswered(IntegrationError):
    """There was no answer at this URL; `kind` says how it failed: see `KINDS`."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


KINDS = ("name", "refused", "late", "certificate", "tls", "closed", "unreachable")


@dataclass(frozen=True)
class UrlAnswer:
    """What came back. `body` is its beginning, `took` is in seconds."""

    status: int
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)  # with names in lower case
    took: float
    echo: str = field(repr=False)  # what the body must be

    @property
    def right(self) -> bool:
        """Whether WeChat would take it."""
        return self.status == 200 and self.body == self.echo.encode()


def ask_as_wechat(url: str, token: str, headers: dict[str, str] | None = None) -> UrlAnswer:
    """Ask for the echo, for five seconds. Raises `UrlUnanswered`."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()
    echo = str(secrets.randbelow(9 * 10**18) + 10**18)
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    return ask(url, query, headers or {}, echo=echo)


def ask(url: str, query: dict[str, str], headers: dict[str, str], *, echo: str = "") -> UrlAnswer:
    """A GET without following redirects, for five seconds. Raises `UrlUnanswered`."""
    began = time.monotonic()
    cut = Timeout(TRY_SECONDS)
    try:
        with cut, requests.Session() as session:
            session.trust_env = False  # WeChat does not pass our proxies
            with session.get(
                url, params=query, headers=headers, allow_redirects=False, stream=True
            ) as response:
                body = next(response.iter_content(BODY_BYTES), b"")
                told = {name.lower(): value for name, value in response.headers.items()}
                return UrlAnswer(response.status_code, body, told, time.monotonic() - began, echo)
    except Timeout as timeout:
        if timeout is not cut:
            raise
        kind, reason = "late", f"no answer within {TRY_SECONDS:g} s"
    except (OSError, HTTPError) as exc:
        kind, reason = _named(exc)
    raise UrlUnanswered(kind, reason)  # what it came from holds the whole address


def _named(exc: Exception) -> tuple[str, str]:
    found = list(causes(exc))
    reason = type(found[-1]).__name__
    for cause in found:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "certificate", str(cause.verify_message or reason)
        if isinstance(cause, ssl.SSLError):
            return "tls", reason
        if isinstance(cause, NameResolutionError | gaierror):
            return "name", reason
        if isinstance(cause, ConnectionRefusedError):
            return "refused", reason
    closed = any(word in repr(found) for word in ("RemoteDisconnected", "ConnectionReset"))
    return ("closed" if closed else "unreachable"), reason
