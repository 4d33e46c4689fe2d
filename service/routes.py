"""Which path leads to which account: all that is served, as one WSGI application."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from bottle import Bottle, HTTPResponse, request, response

from integrations.wechat.admission import NotAPush
from service.http.connection import Application, Environ, silent_on_demand
from service.http.request import Request, Response
from service.http.told_at_once import Post
from service.webhook import Webhook, turned_away
from settings.language import said
from settings.schema import Server

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}
SHOWN = 60  # characters of a path that is not served
# A piece of a path that may be an OpenID or a secret, and is no word.
ID_LIKE = re.compile(r"(?=[^/ ]*[A-Z0-9])[^/ ]{20,}")
NOT_IN_PATHS = re.compile(r"[^\w/.~ -]", re.ASCII)


class Routes:
    """The webhook of each account, by its path."""

    def __init__(self, webhooks: Mapping[str, Webhook]) -> None:
        self._webhooks = {path.rstrip("/"): webhook for path, webhook in webhooks.items()}
        self._served = ", ".join(webhooks)

    def application(self, served: Server) -> Application:
        """Serve each path with and without a last slash: a redirect would break both (protocol
        sheet 1.5).

        A slash too many in front is none, either.

        Beside them the files at their names: they show whose domain it is (1.6).
        """
        app = Bottle()
        app.config["catchall"] = False  # its words for a fault would repeat what was asked
        app.default_error_handler = partial(_refuse, self._served)
        for bare, webhook in self._webhooks.items():
            for route in dict.fromkeys([bare or "/", f"{bare}/"]):
                app.get(route, callback=partial(_checked, webhook))
        for name, text in served.text_files.items():
            app.get(f"/{name}", callback=partial(_file, text))
        return silent_on_demand(self._pushes_in_front_of(app))

    def _pushes_in_front_of(self, application: Application) -> Application:
        def respond(environ: Environ, start_response: Any) -> Iterable[bytes]:
            environ["PATH_INFO"] = f"/{environ['PATH_INFO'].lstrip('/')}"  # //wechat, as typed
            asked = Request(environ)
            if asked.is_push and (webhook := self._at(environ["PATH_INFO"])):
                return webhook.answer(asked).begin(start_response)
            return application(environ, start_response)

        return respond

    def told_at_once(self, post: Post, peer: str) -> bytes | None:
        """What a push is answered with where there is too much to be done; None: all is well."""
        webhook = self._at(post.path)
        return webhook.told_at_once(post, peer) if webhook else None

    def _at(self, path: str) -> Webhook | None:
        bare = path.strip("/")
        return self._webhooks.get(bare and f"/{bare}")


def _checked(webhook: Webhook) -> HTTPResponse:
    return _by_bottle(webhook.answer(Request(request.environ)))


def _by_bottle(answer: Response) -> HTTPResponse:
    headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
    return HTTPResponse(answer.body, answer.status, headers)


def _file(text: str) -> str:
    response.content_type = "text/plain; charset=utf-8"
    return text


def _refuse(served: str, error: Any) -> str:
    """What bottle knows no route for: in few words, and a line for the operator."""
    method = request.method if request.method in METHODS else "another method"
    asked = f"{method} {_shown(request.path)}"
    why = said(
        "{asked} came, and {served} is served, by GET and POST: see server.path",
        asked=asked,
        served=served,
    )
    turned_away(error.status_code, NotAPush(error.status_code, why))
    return str(error.status_line)


def _shown(path: str) -> str:
    """A path that is not served, up to where it may be a query that a proxy has encoded.

    An id in it is left out.
    """
    known = NOT_IN_PATHS.split(path, maxsplit=1)[0]
    shown = ID_LIKE.sub("…", known)
    cut = known != path or len(shown) > SHOWN
    if cut and not shown.endswith("…"):
        return f"{shown[:SHOWN]}…"
    return shown[:SHOWN]
