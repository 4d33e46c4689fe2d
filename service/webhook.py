"""What WeChat calls: the URL check and the pushes, as a WSGI application."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any, Protocol, TypeVar

from bottle import Bottle, HTTPResponse, request, response

from fsm import events
from fsm.partial import TryReply
from fsm.tries import Tries, Try
from integrations import IntegrationError
from integrations.wechat.admission import (
    Admission,
    Admitted,
    CutOff,
    TurnedAway,
    Unreadable,
    clock_is_wrong,
)
from integrations.wechat.messages import Kind, render_text, render_voice
from integrations.wechat.rules import TRY_SECONDS
from service.addresses import Addresses
from service.at_once import Post
from service.connection import CONNECTION, Application, HttpConnection, silent_on_demand
from settings.announcements import Field, announce, fault
from store.errors import StoreError
from store.messages import Arrival
from store.signatures import Erased, Replayed

T = TypeVar("T")

STORE_AGAIN = 0.5  # seconds
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}
SHOWN = 60  # characters of a path that is not served
NOT_IN_PATHS = re.compile(r"[^\w/.~ -]", re.ASCII)


class Webhook:
    """The two routes; `clock` gives the time in seconds since 1970.

    Whom `addresses` do not let in gets a 404. `seen_sealed` is called when the account turns out to
    be in safe mode.
    """

    def __init__(
        self,
        tries: Tries,
        admission: Admission,
        clock: Callable[[], float],
        addresses: Addresses | None,
        seen_sealed: Callable[[], None],
    ) -> None:
        self._tries = tries
        self._admission = admission
        self._clock = clock
        self._addresses = addresses
        self._seen_sealed = seen_sealed
        self._path = ""

    def application(self, path: str) -> Application:
        """Serve `path` with and without a last slash: a redirect would break both (1.5)."""
        app = Bottle()
        app.config["catchall"] = False  # its words for a fault would repeat what was asked
        app.default_error_handler = partial(_refuse, path)
        self._path = bare = path.rstrip("/")
        for route in dict.fromkeys([bare or "/", f"{bare}/"]):
            app.get(route, callback=lambda: self._answer(self._check_url))
            app.post(route, callback=lambda: self._answer(self._push))
        return silent_on_demand(app)

    def told_at_once(self, post: Post, peer: str) -> bytes | None:
        """What a push is answered with where there is too much to be done; None: all is well.

        What is wrong with it, if anything is, the usual way finds again, and says.
        """
        if not self._tries.overloaded or post.path.rstrip("/") != self._path:
            return None
        if self._addresses and not self._addresses.let_in(peer, post.forwarded_for):
            return None
        body, at = BytesIO(post.body), self._clock()
        try:
            admitted = self._admission.admit(post.query, len(post.body), body, at=at)
            told = self._told(admitted)
        except (IntegrationError, StoreError):
            return None
        return self._sealed(admitted, told) if told else None

    def _told(self, admitted: Admitted) -> TryReply | None:
        push = admitted.push
        if not push.msg_id:
            return None
        return self._tries.told_at_once(_arrival(admitted), written_at=push.created)

    def _answer(self, handle: Callable[[], Any]) -> Any:
        """What went wrong is one line for the operator, and a bare status for the other side."""
        try:
            return handle() if self._is_welcome() else _no_answer(request.environ[CONNECTION])
        except Replayed as replayed:
            _turned_away(403, str(replayed))
            return HTTPResponse(status=403)
        except TurnedAway as why:
            _turned_away(why.status, str(why))
            return HTTPResponse(status=why.status)
        except Unreadable as why:
            announce("unreadable", "error", reason=str(why))
            return ""
        except CutOff as why:
            announce("cut_off", "warning", reason=str(why))
            request.environ[CONNECTION].hang_up()  # so that WeChat tries again
            return ""
        except Exception as error:
            fault(error)
        return _no_answer(request.environ[CONNECTION])  # so that WeChat tries again

    def _is_welcome(self) -> bool:
        """Whether a request comes from WeChat's addresses. Raises `TurnedAway`.

        Who signs from another one may be WeChat at a new address. That is asked for, and this
        request stays unanswered: the next try is let in if it is so.
        """
        peer = request.environ.get("REMOTE_ADDR", "")
        forwarded_for = request.get_header("X-Forwarded-For", "")
        if not self._addresses or self._addresses.let_in(peer, forwarded_for):
            return True
        stranger = self._addresses.stranger(peer, forwarded_for)
        if not (self._is_signed() and self._addresses.look_again()):
            raise TurnedAway(404, stranger)
        announce("new_address", "warning", reason=stranger)
        return False

    def _is_signed(self) -> bool:
        try:
            self._admission.check(_query(), at=self._clock())
        except TurnedAway:
            return False
        return True

    def _check_url(self) -> Any:
        response.content_type = "text/plain; charset=utf-8"
        query = _query()
        echo = self._admission.echo(query)
        if wrong := clock_is_wrong(query, at=self._clock()):
            announce("clock_wrong", "warning", reason=f"{wrong}; WeChat's pushes will be refused")
        return echo

    def _push(self) -> Any:
        length, body = max(0, request.content_length), request.environ["wsgi.input"]
        admitted = self._admission.admit(_query(), length, body, at=self._clock())
        push = admitted.push
        if admitted.only_sealed:
            self._seen_sealed()
        if push.kind is Kind.EVENT and push.event == "unsubscribe":
            return self._erase(_arrival(admitted), _connection())
        if push.event != "subscribe" and not push.msg_id:  # nobody waits for an answer
            return self._pass_over(push.msg_type, _arrival(admitted))
        return self._try(admitted)

    def _erase(self, arrival: Arrival, connection: HttpConnection) -> str:
        try:
            self._stored(partial(self._tries.erase, arrival), connection)
        except Replayed:
            raise
        except StoreError as error:
            announce("not_erased", "error", reason=error)
            return _no_answer(connection)  # so that WeChat tries again
        return ""

    def _pass_over(self, msg_type: str, arrival: Arrival) -> str:
        _ignored(kind=msg_type, name=arrival.kind)
        try:
            self._tries.pass_over(arrival)
        except Replayed:
            raise
        except StoreError as error:
            _not_stored(error)
        return ""

    def _try(self, admitted: Admitted) -> Any:
        if told := self._told(admitted):
            return self._render(admitted, told)
        connection = _connection()
        try:
            opened = self._stored(
                partial(self._tries.open, _arrival(admitted), connection), connection
            )
        except Replayed:
            raise
        except Erased as gone:
            _ignored(reason=gone)
            return ""
        except StoreError as error:
            _not_stored(error)
            return _no_answer(connection)  # so that WeChat tries again
        return self._wait(admitted, opened, connection)

    def _wait(self, admitted: Admitted, opened: Try, connection: HttpConnection) -> Any:
        """What a try is answered with, when there is something, or its time is up."""
        try:
            given = self._tries.wait(opened)
            body = self._render(admitted, given) if given.text is not None else None
        except StoreError as error:
            events.not_read(error)
            body = None
        except Exception:
            self._tries.end(opened, carried_away=False)
            raise
        if body is None:
            self._tries.end(opened, carried_away=False)
            return _no_answer(connection)
        if not body:
            self._tries.end(opened, carried_away=True)
            return ""
        return Reply(body, partial(self._tries.end, opened))

    def _stored(self, store: Callable[[], T], connection: HttpConnection) -> T:
        """Store what came as soon as the store can be used, while the other side waits.

        Raises `Replayed`, `Erased`, or another `StoreError` where it could not be stored.
        """
        give_up_at = self._clock() + TRY_SECONDS  # then it is dropped without a word
        while True:
            try:
                return store()
            except (Replayed, Erased):
                raise
            except StoreError:
                if not connection.open or self._clock() >= give_up_at:
                    raise
                connection.wait_for_hang_up(STORE_AGAIN)

    def _render(self, admitted: Admitted, given: TryReply) -> bytes:
        body = self._sealed(admitted, given)
        response.content_type = "text/xml; charset=utf-8"
        response.content_length = len(body)
        return body

    def _sealed(self, admitted: Admitted, given: TryReply) -> bytes:
        if not given.text:
            return b""  # nothing is shown, and nothing posted again (1.10)
        push = admitted.push
        addresses = {"to_open_id": push.open_id, "from_account": push.account}
        if given.kind == "voice":
            plain = render_voice(media_id=given.text or "", at=int(given.at), **addresses)
        else:
            plain = render_text(content=given.text or "", at=int(given.at), **addresses)
        return self._admission.seal(admitted, plain, at=self._clock())


class Ending(Protocol):
    """Told once how the answer to a try ended."""

    def __call__(self, *, carried_away: bool) -> None: ...


class Reply:
    """The body of an answer to a try. That it is read to its end means it was carried away:

    pywsgi asks for the next piece only after the last one was written, and closes what it asked.
    """

    def __init__(self, body: bytes, end: "Ending") -> None:
        self._body = body
        self._end = end
        self._carried_away = False

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        self._carried_away = True

    def close(self) -> None:
        self._end(carried_away=self._carried_away)


def _refuse(served: str, error: Any) -> str:
    """What bottle knows no route for: in few words, and a line for the operator."""
    method = request.method if request.method in METHODS else "another method"
    asked = f"{method} {_shown(request.path)}"
    why = f"{asked} came, and {served} is served, by GET and POST: see server.path"
    _turned_away(error.status_code, why)
    return str(error.status_line)


def _shown(path: str) -> str:
    """A path that is not served, up to where it may be a query that a proxy has encoded."""
    known = NOT_IN_PATHS.split(path, maxsplit=1)[0][:SHOWN]
    return known if known == path else f"{known}…"


def _turned_away(status: int, reason: str) -> None:
    announce("turned_away", "warning", status=status, reason=reason)


def _ignored(**what: Field) -> None:
    announce("ignored", **what)


def _not_stored(error: StoreError) -> None:
    announce("not_stored", "error", reason=error)


def _query() -> dict[str, str]:
    try:
        return dict(request.query.decode())
    except UnicodeDecodeError as undecodable:
        raise TurnedAway(400, "the query is not UTF-8") from undecodable


def _arrival(admitted: Admitted) -> Arrival:
    push = admitted.push
    return Arrival(
        account=push.account,
        open_id=push.open_id,
        dedup_key=push.dedup_key,
        msg_id=push.msg_id,
        kind=push.event or push.msg_type,
        question=push.text.strip(),
        stamp=admitted.stamp,
        recording=" ".join(filter(None, (push.media_id_16k, push.media_id))) or None,
    )


def _connection() -> HttpConnection:
    """The connection of this request, watched from now on."""
    connection: HttpConnection = request.environ[CONNECTION]
    return connection.watch()


def _no_answer(connection: HttpConnection) -> str:
    """Say nothing. A proxy would make an error page of an early end: the other side hangs up."""
    connection.watch().wait_for_hang_up(TRY_SECONDS)
    connection.hang_up()
    return ""
