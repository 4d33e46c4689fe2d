"""Who may use the page: the browser of this machine, and no other site that is open in it.

A name that leads here (DNS rebinding) is known by its Host, a form or a script of another site by
its Origin. Behind the page are controls that end processes.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = [
    ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in POLICY.items())),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
]


def guarded(application: Application) -> Application:
    """The application for this machine's browser; everybody else gets a 403 and nothing is done."""

    def guard(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *HEADERS], *more)

        if trouble := stranger(environ):
            start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{trouble}\n".encode()]
        return application(environ, start)

    return guard


def stranger(environ: Environ) -> str:
    """Why this is not the page itself, asking on this machine; "" where it is."""
    host = environ.get("HTTP_HOST", "")
    if _name(f"//{host}") not in LOOPBACK:
        return "the page is for this machine: open it at http://127.0.0.1"
    if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        return "another site asks"
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        origin = environ.get("HTTP_ORIGIN", "")
        if origin != f"http://{host}":
            return "not from the page itself"
    return ""


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
