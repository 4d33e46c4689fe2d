"""What WeChat calls: the URL check and the pushes, as a WSGI application."""

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import Any

from bottle import Bottle, HTTPResponse, request, response

from fsm.tries import Tries
from integrations import IntegrationError
from integrations.wechat.admission import (
    Admission,
    CutOff,
    TurnedAway,
    Unreadable,
    WrongSignature,
    clock_is_wrong,
)
from integrations.wechat.url_check import CHECKING, SAW
from service.addresses import Addresses, client_address, is_in, parsed
from service.at_once import Post
from service.connection import Application, Environ, silent_on_demand
from service.pushes import Pushes
from service.request import NOTHING, Request, Response, unanswered
from settings.announcements import announce, fault
from settings.language import said
from settings.schema import Server
from store.errors import StoreError
from store.signatures import Replayed

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}
SHOWN = 60  # characters of a path that is not served
NOT_IN_PATHS = re.compile(r"[^\w/.~ -]", re.ASCII)


class Webhook:
    """The two routes; `clock` gives the time in seconds since 1970.

    Whom `addresses` do not let in gets a 404; `proxies` are those that are believed. `seen_sealed`
    is called when the account turns out to be in safe mode.
    """

    def __init__(
        self,
        tries: Tries,
        admission: Admission,
        clock: Callable[[], float],
        addresses: Addresses | None,
        seen_sealed: Callable[[], None],
        proxies: Iterable[str] = (),
    ) -> None:
        self._pushes = Pushes(tries, admission, clock)
        self._admission = admission
        self._clock = clock
        self._addresses = addresses
        self._seen_sealed = seen_sealed
        self._proxies = parsed(proxies)
        self._path = ""

    def application(self, served: Server) -> Application:
        """Serve the path with and without a last slash: a redirect would break both (1.5).

        Beside it the files at their names: they show whose domain it is (1.6).
        """
        app = Bottle()
        app.config["catchall"] = False  # its words for a fault would repeat what was asked
        app.default_error_handler = partial(_refuse, served.path)
        self._path = bare = served.path.rstrip("/")
        for route in dict.fromkeys([bare or "/", f"{bare}/"]):
            app.get(route, callback=lambda: _by_bottle(self._answer(Request(request.environ))))
        for name, text in served.text_files.items():
            app.get(f"/{name}", callback=partial(_file, text))
        return silent_on_demand(self._pushes_in_front_of(app))

    def _pushes_in_front_of(self, application: Application) -> Application:
        def respond(environ: Environ, start_response: Any) -> Iterable[bytes]:
            asked = Request(environ)
            if asked.is_push and environ["PATH_INFO"].rstrip("/") == self._path:
                return self._answer(asked).begin(start_response)
            return application(environ, start_response)

        return respond

    def told_at_once(self, post: Post, peer: str) -> bytes | None:
        """What a push is answered with where there is too much to be done; None: all is well.

        What is wrong with it, if anything is, the usual way finds again, and says.
        """
        if post.path.rstrip("/") != self._path:
            return None
        if self._addresses and not self._addresses.let_in(peer, post.forwarded_for):
            return None
        body, at = BytesIO(post.body), self._clock()
        try:
            admitted = self._admission.admit(post.query, len(post.body), body, at=at)
            told = self._pushes.told_at_once(admitted)
        except (IntegrationError, StoreError):
            return None
        return self._pushes.sealed(admitted, told) if told else None

    def _answer(self, asked: Request) -> Response:
        """What went wrong is one line for the operator, and a bare status for the other side."""
        try:
            if not self._is_welcome(asked):
                return unanswered(asked.connection)
            return self._push(asked) if asked.is_push else self._check_url(asked)
        except Replayed as replayed:
            _turned_away(403, replayed)
            return Response(status=403)
        except TurnedAway as why:
            _turned_away(why.status, why)
            return Response(status=why.status)
        except Unreadable as why:
            announce("unreadable", "error", reason=str(why))
            return NOTHING
        except CutOff as why:
            announce("cut_off", "warning", reason=str(why))
            asked.connection.hang_up()  # so that WeChat tries again
            return NOTHING
        except Exception as error:
            fault(error)
        return unanswered(asked.connection)

    def _is_welcome(self, asked: Request) -> bool:
        """Whether a request comes from WeChat's addresses. Raises `TurnedAway`.

        Who signs from another one may be WeChat at a new address. That is asked for, and this
        request stays unanswered: the next try is let in if it is so.
        """
        peer, forwarded_for = asked.peer, asked.forwarded_for
        if not asked.is_push and asked.header(CHECKING) and self._is_signed(asked):
            return True  # our own check, from wherever: only an echo is given
        if not self._addresses or self._addresses.let_in(peer, forwarded_for):
            return True
        stranger = self._addresses.stranger(peer, forwarded_for)
        if not (self._is_signed(asked) and self._addresses.look_again()):
            raise TurnedAway(404, stranger)
        announce("new_address", "warning", reason=stranger)
        return False

    def _is_signed(self, asked: Request) -> bool:
        try:
            self._admission.check(asked.query(), at=self._clock())
        except TurnedAway:
            return False
        return True

    def _check_url(self, asked: Request) -> Response:
        query = asked.query()
        echo = self._admission.echo(query).encode()
        ours = bool(asked.header(CHECKING))
        if wrong := clock_is_wrong(query, at=self._clock()):
            announce(
                "clock_wrong",
                "warning",
                reason=said("{wrong}; WeChat's pushes will be refused", wrong=wrong),
            )
        if not ours:
            announce("url_checked")
        elif self._is_signed(asked):
            return Response(echo, headers=((SAW, self._saw(asked)),))
        return Response(echo)

    def _saw(self, asked: Request) -> str:
        """Whom this server takes for the one who asks, for our own check."""
        peer, forwarded = asked.peer, asked.forwarded_for
        client = client_address(peer, forwarded, self._proxies)
        trusted = is_in(peer, self._proxies)
        saw = {"peer": peer, "trusted": trusted, "client": client, "forwarded": bool(forwarded)}
        return json.dumps(saw)

    def _push(self, asked: Request) -> Response:
        now = self._clock()
        admitted = self._admission.admit(asked.query(), asked.length, asked.body, at=now)
        if admitted.only_sealed:
            self._seen_sealed()
        return self._pushes.answer(admitted, asked.connection)


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
    _turned_away(error.status_code, TurnedAway(error.status_code, why))
    return str(error.status_line)


def _shown(path: str) -> str:
    """A path that is not served, up to where it may be a query that a proxy has encoded."""
    known = NOT_IN_PATHS.split(path, maxsplit=1)[0][:SHOWN]
    return known if known == path else f"{known}…"


def _turned_away(status: int, why: Exception) -> None:
    error = type(why).__name__ if isinstance(why, WrongSignature) else None
    announce("turned_away", "warning", status=status, reason=str(why), error=error)
