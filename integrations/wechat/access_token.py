"""The access token that calls of WeChat's API need (protocol sheet 5): kept, and fetched anew."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import gevent
from gevent.lock import BoundedSemaphore

from integrations.wechat.errors import TokenRejected, WeChatUnreachable
from integrations.wechat.exchange import ApiCall, ApiExchange, field_of

SPARE_SECONDS = 240.0  # left of a token when the next one is fetched: there is one since 300 (5.2)
DAY_SECONDS = 24 * 3600.0
CLAIM_SECONDS = 10.0  # for which one process may fetch a token while the others wait
LOOK_EVERY = 0.05  # seconds; no process is told that another one has fetched it
FORCED_APART_SECONDS = 30.0  # sooner WeChat forces nothing (5.2)
FORCED_PER_DAY = 20
STABLE_TOKEN = "stable_token"


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


class AccessToken:
    """The token of one AppID: from `shelf` while it lasts, else from WeChat by `exchange`.

    `clock` gives the seconds since 1970 that tokens age by; a deadline is of `time.monotonic()`.
    """

    def __init__(
        self,
        exchange: ApiExchange,
        *,
        appid: str,
        secret: str,
        shelf: TokenShelf,
        clock: Callable[[], float],
    ) -> None:
        self._exchange = exchange
        self._appid = appid
        self._secret = secret
        self._shelf = shelf
        self._clock = clock
        self._fetching = BoundedSemaphore(1)
        self._forced: deque[float] = deque(maxlen=FORCED_PER_DAY)  # when

    def get(self, deadline: float) -> Token:
        """The token for a call. Raises `WeChatError`s where none can be had."""
        if token := self._shelved():
            return token
        with self._one_at_a_time(deadline):
            return self._shelved() or self._fetch(deadline)

    def another(self, dead: Token, deadline: float) -> Token:
        """One instead of that which WeChat has just rejected. Raises `WeChatError`s."""
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
        token = self._ask(deadline)
        if token.value == dead:
            self._note_forced()
            token = self._ask(deadline, force_refresh=True)
        if token.value == dead:
            raise TokenRejected(STABLE_TOKEN, "gave the rejected token again")
        self._shelf.save(token)
        return token

    def _ask(self, deadline: float, **how: object) -> Token:
        credentials = {"appid": self._appid, "secret": self._secret}
        content = {"grant_type": "client_credential", **credentials, **how}
        call = ApiCall("POST", STABLE_TOKEN, deadline, content=content)
        asked_at = self._clock()
        answer = self._exchange.ask(call)
        lasts = field_of(call, answer, "expires_in", int)
        return Token(field_of(call, answer, "access_token", str), asked_at + lasts)

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
