"""The pages for an operator's own monitors, before WeChat's routes, whatever their path is.

Who may not ask gets what a wrong path gets.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.http.connection import Application, Environ, ip_of

MayAsk = Literal["loopback", "anyone", "off"]

# What a proxy adds: it says nothing of who the proxy would let in, so nobody is let in.
PASSED_ON = (
    *("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP"),
    *("HTTP_CF_CONNECTING_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_X_ORIGINAL_"),
)


@dataclass(frozen=True)
class MonitorPage:
    """What a monitor is given."""

    body: bytes
    content_type: str = "application/json"
    status: str = "200 OK"


def in_front_of(
    application: Application, pages: Mapping[str, Callable[[], MonitorPage]], who: MayAsk
) -> Application:
    """The same application, with these pages before its own, by their paths; `who` may ask."""

    def respond(environ: Environ, start_response: Any) -> Iterable[bytes]:
        made = pages.get(environ["PATH_INFO"])
        asked = environ["REQUEST_METHOD"]
        if made is None or asked not in ("GET", "HEAD") or not _may_ask(environ, who):
            return application(environ, start_response)
        page = made()
        length = ("Content-Length", str(len(page.body)))
        start_response(page.status, [("Content-Type", page.content_type), length])
        return [page.body] if asked == "GET" else []

    return respond


def _may_ask(environ: Environ, who: MayAsk) -> bool:
    if who != "loopback":
        return who == "anyone"
    passed_on = any(name.startswith(PASSED_ON) for name in environ)
    # The name of a site is asked for by way of a proxy, even of one that adds nothing.
    asked_for = _name(environ.get("HTTP_HOST", "localhost"))
    here = asked_for == "localhost" or _is_loopback(asked_for)
    return here and not passed_on and _is_loopback(environ.get("REMOTE_ADDR", ""))


def _name(host: str) -> str:
    """The name or address of a `Host` header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_loopback(address: str) -> bool:
    ip = ip_of(address)
    return ip is not None and ip.is_loopback
