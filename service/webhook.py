"""What WeChat calls at the path of an account: the URL check and the pushes."""

import json
from collections.abc import Callable, Iterable
from io import BytesIO

from fsm.tries import Tries
from integrations import IntegrationError
from integrations.wechat.admission import (
    Admission,
    CutOff,
    NotAPush,
    Stale,
    Unreadable,
    WrongSignature,
)
from integrations.wechat.url_check import CHECKING, SAW
from service.addresses import Addresses, client_address, is_in, parsed
from service.clock_by_pushes import clock_wrong
from service.http.request import NOTHING, Request, Response, unanswered
from service.http.told_at_once import Post
from service.pushes import Pushes
from settings.announcements import announce, fault
from settings.language import said
from store.errors import NotProven


class Webhook:
    """What is served to one account, by its name; `clock`: the time in seconds since 1970.

    Whom `addresses` do not let in gets a 404; `proxies` are those that are believed. `seen_sealed`
    is called when the account turns out to be in safe mode, `tell_of_clock` after each push.
    """

    def __init__(
        self,
        tries: Tries,
        admission: Admission,
        clock: Callable[[], float],
        addresses: Addresses | None,
        seen_sealed: Callable[[], None],
        tell_of_clock: Callable[[], None],
        proxies: Iterable[str] = (),
        account: str = "",
    ) -> None:
        self._account = account or None
        self._pushes = Pushes(tries, admission, clock, account)
        self._admission = admission
        self._addresses = addresses
        self._seen_sealed = seen_sealed
        self._tell_of_clock = tell_of_clock
        self._proxies = parsed(proxies)

    def told_at_once(self, post: Post, peer: str) -> bytes | None:
        """What a push is answered with where there is too much to be done; None: all is well.

        What is wrong with it, if anything is, the usual way finds again, and says.
        """
        if self._addresses and not self._addresses.let_in(peer, post.forwarded_for):
            return None
        try:
            admitted = self._admission.admit(post.query, len(post.body), BytesIO(post.body))
            told = self._pushes.told_at_once(admitted)
        except IntegrationError:
            return None
        return self._pushes.sealed(admitted, told) if told else None

    def answer(self, asked: Request) -> Response:
        """What went wrong is one line for the operator, and a bare status for the other side."""
        try:
            if not self._is_welcome(asked):
                return unanswered(asked.connection, self._pushes.try_seconds)
            return self._push(asked) if asked.is_push else self._check_url(asked)
        except NotProven as why:
            turned_away(403, why, account=self._account)
            return Response(status=403)
        except NotAPush as why:
            turned_away(why.status, why, account=self._account)
            return Response(status=why.status)
        except Unreadable as why:
            announce("unreadable", "error", account=self._account, reason=str(why))
            return NOTHING
        except Stale as why:
            announce("stale", "warning", account=self._account, reason=str(why))
            return NOTHING
        except CutOff as why:
            announce("cut_off", "warning", account=self._account, reason=str(why))
            asked.connection.hang_up()  # so that WeChat tries again
            return NOTHING
        except Exception as error:
            fault(error)
        return unanswered(asked.connection, self._pushes.try_seconds)

    def _is_welcome(self, asked: Request) -> bool:
        """Whether a request comes from WeChat's addresses. Raises `NotAPush`.

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
            raise NotAPush(404, stranger)
        announce("new_address", "warning", account=self._account, reason=stranger)
        return False

    def _is_signed(self, asked: Request) -> bool:
        try:
            self._admission.check(asked.query())
        except (NotAPush, Stale):
            return False
        return True

    def _check_url(self, asked: Request) -> Response:
        query = asked.query()
        echo = self._admission.echo(query).encode()
        ours = bool(asked.header(CHECKING))
        if wrong := self._admission.clock_is_wrong(query):
            why = said("{wrong}; WeChat's pushes will get no answer", wrong=wrong)
            clock_wrong(why, self._account)
        if not ours:
            announce("url_checked", account=self._account)
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
        try:
            admitted = self._admission.admit(asked.query(), asked.length, asked.body)
        finally:
            self._tell_of_clock()
        if admitted.only_sealed:
            self._seen_sealed()
        return self._pushes.answer(admitted, asked.connection)


def turned_away(status: int, why: Exception, *, account: str | None = None) -> None:
    """Announce that somebody was refused."""
    error = type(why).__name__ if isinstance(why, WrongSignature) else None
    announce("turned_away", "warning", account=account, status=status, reason=str(why), error=error)
