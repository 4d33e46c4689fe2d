"""What is done with a push that was let in, and how the answer to it ends."""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

from fsm import events
from fsm.access.door import NOT_LET_IN, NotTakenIn
from fsm.access.patience import Patience
from fsm.partial import TryReply
from fsm.tries import Tries, Try
from integrations.wechat.admission import Admission, Admitted
from integrations.wechat.messages import Kind
from integrations.wechat.replies import HANDING_OVER, render
from service.http.connection import HttpConnection
from service.http.request import NOTHING, XML, Response, unanswered
from settings.announcements import Field, announce
from store.errors import NotProven, StoreError
from store.messages import TAPPED, Arrival
from store.outcomes import Outcome
from store.signatures import Erased

T = TypeVar("T")

STORE_AGAIN = 0.5  # seconds


class Pushes:
    """Pushes of one account, by its name; `clock` gives the time in seconds since 1970."""

    def __init__(
        self, tries: Tries, admission: Admission, clock: Callable[[], float], account: str
    ) -> None:
        self._account = account
        self._tries = tries
        self.try_seconds = tries.window.try_seconds
        self._admission = admission
        self._clock = clock
        self._patience = Patience()

    def answer(self, admitted: Admitted, connection: HttpConnection) -> Response:
        """What it is answered with; the body of a reply tells how it ended. Raises `NotProven`.

        The connection is watched from now on, where somebody waits at its other end.
        """
        push = admitted.push
        if push.kind is Kind.EVENT and push.event == "unsubscribe":
            return self._erase(self._arrival(admitted), connection.watch())
        if not (push.msg_id or self._tries.answers(push.event)):  # nobody waits
            return self._pass_over(push.msg_type, self._arrival(admitted))
        return self._try(admitted, connection)

    def told_at_once(self, admitted: Admitted) -> TryReply | None:
        """What is given to a push that has to be put off; None: all is well."""
        if not admitted.push.msg_id:
            return None
        return self._tries.told_at_once(self._arrival(admitted))

    def sealed(self, admitted: Admitted, reply: TryReply) -> bytes:
        """The body of the answer, in the form that the push came in."""
        if not reply.text and reply.kind != HANDING_OVER:
            return b""  # nothing is shown, nor posted again (protocol sheet 1.10)
        push = admitted.push
        plain = render(
            reply.kind,
            reply.text or "",
            to_open_id=push.open_id,
            from_account=push.account,
            at=int(reply.at),
        )
        return self._admission.seal(admitted, plain, at=self._clock())

    def _erase(self, arrival: Arrival, connection: HttpConnection) -> Response:
        try:
            self._stored(partial(self._tries.erase, arrival), connection)
        except NotProven:
            raise
        except StoreError as error:
            announce("not_erased", "error", account=self._account or None, reason=error)
            return unanswered(connection, self.try_seconds)
        return NOTHING

    def _pass_over(self, msg_type: str, arrival: Arrival) -> Response:
        self._ignored(kind=_shown(msg_type), name=_shown(arrival.kind))
        try:
            self._tries.pass_over(arrival)
        except NotProven:
            raise
        except StoreError as error:
            self._not_stored(error)
        return NOTHING

    def _try(self, admitted: Admitted, connection: HttpConnection) -> Response:
        if told := self.told_at_once(admitted):
            return self._told(admitted, told)
        if admitted.push.msg_id and self._patience.is_over(admitted.push.open_id):
            return NOTHING
        came = partial(self._tries.open, self._arrival(admitted), connection.watch())
        try:
            with self._tries.being_stored():
                opened = self._stored(came, connection)
        except NotProven:
            raise
        except NotTakenIn as why:
            return self._not_taken_in(admitted, why)
        except Erased as gone:
            self._ignored(reason=gone)
            return self._goodbye(admitted, gone)
        except StoreError as error:
            self._not_stored(error)
            return unanswered(connection, self.try_seconds)
        return self._wait(admitted, opened, connection)

    def _goodbye(self, admitted: Admitted, gone: Erased) -> Response:
        """What a message of who is not known any more is told: the same as before, if anything."""
        if gone.goodbye is None:
            return NOTHING
        text, at = gone.goodbye
        return self._told(admitted, TryReply(Outcome.TOLD, text=text, at=at))

    def _not_taken_in(self, admitted: Admitted, why: NotTakenIn) -> Response:
        """What is told to who is not let in, the first few times; nothing is stored of it."""
        push = admitted.push
        tried = why.why == NOT_LET_IN
        if not self._patience.tells(push.open_id, push.dedup_key, tried=tried):
            return NOTHING
        events.not_taken_in(why.why, self._account)
        return self._told(admitted, TryReply(Outcome.TOLD, text=why.text, at=self._clock()))

    def _told(self, admitted: Admitted, told: TryReply) -> Response:
        """What no try is opened for."""
        body = self.sealed(admitted, told)
        return Response(body, content_type=XML) if body else NOTHING

    def _wait(self, admitted: Admitted, opened: Try, connection: HttpConnection) -> Response:
        """What a try is answered with, when there is something, or its time is up."""
        try:
            reply = self._tries.wait(opened)
            body = self.sealed(admitted, reply) if reply.text is not None else None
        except StoreError as error:
            events.not_read(error)
            body = None
        except Exception:
            self._tries.end(opened, carried_away=False)
            raise
        if body is None:
            self._tries.end(opened, carried_away=False)
            return unanswered(connection, self.try_seconds)
        if not body:
            self._tries.end(opened, carried_away=True)
            return NOTHING
        carried = AnswerBody(body, connection, partial(self._tries.end, opened))
        return Response(carried, content_type=XML, length=len(body))

    def _ignored(self, **what: Field) -> None:
        announce("ignored", account=self._account or None, **what)

    def _not_stored(self, error: StoreError) -> None:
        announce("not_stored", "error", account=self._account or None, reason=error)

    def _arrival(self, admitted: Admitted) -> Arrival:
        push = admitted.push
        return Arrival(
            account=push.account,
            open_id=push.open_id,
            dedup_key=push.dedup_key,
            msg_id=push.msg_id,
            kind=push.event or push.msg_type,
            question=push.text.strip(),
            stamp=admitted.stamp,
            event_key=TAPPED if push.tapped else push.event_key.strip(),
            recording=" ".join(filter(None, (push.media_id_16k, push.media_id))) or None,
            of_account=self._account,
            age=admitted.signed_at - push.created if push.created else 0,
        )

    def _stored(self, store: Callable[[], T], connection: HttpConnection) -> T:
        """Store what came as soon as the store can be used, while the other side waits.

        Raises `NotProven`, `Erased`, or another `StoreError` where it could not be stored.
        """
        give_up_at = time.monotonic() + self.try_seconds  # then it is dropped without a word
        while True:
            try:
                return store()
            except (NotProven, Erased):
                raise
            except StoreError:
                if not connection.open or time.monotonic() >= give_up_at:
                    raise
                connection.wait_for_hang_up(STORE_AGAIN)


class EndOfTry(Protocol):
    """Told once how the answer to a try ended."""

    def __call__(self, *, carried_away: bool) -> None: ...


class AnswerBody:
    """The body of an answer to a try. That it is read to its end means it was carried away:

    pywsgi asks for the next piece only after the last one was written, and closes what it asked.
    What is written to somebody who has hung up before is not.
    """

    def __init__(self, body: bytes, connection: HttpConnection, end: EndOfTry) -> None:
        self._body = body
        self._connection = connection
        self._end = end
        self._carried_away = False

    def __iter__(self) -> Iterator[bytes]:
        waits = self._connection.open
        yield self._body
        self._carried_away = waits

    def close(self) -> None:
        self._end(carried_away=self._carried_away)


def _shown(name: str) -> str:
    """The name of a kind or an event, where it is one as WeChat has them."""
    return name if re.fullmatch("[a-z_]{1,40}", name) else "another"
