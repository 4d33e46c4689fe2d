"""Access tokens as WeChat gives them out, by two endpoints (protocol sheet 5.1, 5.2)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.wechat_refusals import Json, Refusal

TOKEN_SECONDS = 7200
OVERLAP_SECONDS = 300  # both the old and the new token work (5.1, 5.2)
FORCED_APART_SECONDS = 30
FORCED_PER_DAY = 20
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class TokenCall:
    """A call for an access token, right or not."""

    path: str
    forced: bool
    at: float


class Tokens:
    """The tokens of one of the two endpoints, which know nothing of each other (5.2)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._forced: list[float] = []
        self.current = ""
        self.ends = 0.0
        self.valid: dict[str, float] = {}  # until when

    def renew(self, old_lasts: float) -> None:
        """Give out another one from now on."""
        now = self._clock()
        self.current, self.ends = secrets.token_urlsafe(100), now + TOKEN_SECONDS
        still = {token: min(ends, now + old_lasts) for token, ends in self.valid.items()}
        self.valid = (still if old_lasts else {}) | {self.current: self.ends}

    def force(self) -> None:
        """Kill the old one at once, where that is allowed."""
        now = self._clock()
        self._forced = [at for at in self._forced if now - at < DAY_SECONDS]
        if self._forced and now - self._forced[-1] < FORCED_APART_SECONDS:
            return
        if len(self._forced) >= FORCED_PER_DAY:
            raise Refusal(45009)
        self._forced.append(now)
        self.renew(old_lasts=0)

    def answer(self) -> Json:
        """The current one, and how many seconds it lasts."""
        return {"access_token": self.current, "expires_in": int(self.ends - self._clock())}


class TokenDesk:
    """Gives tokens to who knows the secret, and checks those that come back."""

    def __init__(self, appid: str, secret: str, clock: Callable[[], float]) -> None:
        self._appid, self._secret, self._clock = appid, secret, clock
        self._plain, self._stable = Tokens(clock), Tokens(clock)
        self.calls: list[TokenCall] = []

    def plain(self, given: Json) -> Json:
        """Another one with each call (5.1). Raises `Refusal`."""
        self._check_credentials("token", given)
        self._plain.renew(old_lasts=OVERLAP_SECONDS)
        return self._plain.answer()

    def stable(self, given: Json) -> Json:
        """One token until it nears its end or another one is forced (5.2). Raises `Refusal`."""
        self._check_credentials("stable_token", given)
        if given.get("force_refresh") is True:
            self._stable.force()
        if self._stable.ends - self._clock() <= OVERLAP_SECONDS:
            self._stable.renew(old_lasts=OVERLAP_SECONDS)
        return self._stable.answer()

    def supersede(self) -> None:
        """Have somebody else force another stable token: the one before is dead."""
        self._stable.renew(old_lasts=0)

    def kill(self) -> None:
        """Have the stable token die, and still be given out until another one is forced (5.3)."""
        self._stable.valid.clear()

    def check(self, token: str) -> None:
        """Raises `Refusal` where this token opens nothing."""
        valid = self._plain.valid | self._stable.valid
        if not token:
            raise Refusal(41001)
        if token not in valid:
            raise Refusal(40001)
        if valid[token] <= self._clock():
            raise Refusal(42001)

    def _check_credentials(self, path: str, given: Json) -> None:
        forced = given.get("force_refresh") is True
        self.calls.append(TokenCall(path, forced, self._clock()))
        if given.get("grant_type") != "client_credential":
            raise Refusal(40002)
        for name, right, missing, wrong in (
            ("appid", self._appid, 41002, 40013),
            ("secret", self._secret, 41004, 40125),
        ):
            if given.get(name) != right:
                raise Refusal(wrong if given.get(name) else missing)
