"""What WeChat's pushes say of the clocks here: told where it changes, and kept for inspect."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from fsm import events
from integrations.wechat.freshness import AGREE_SECONDS, Freshness
from service.health import FINE
from settings.announcements import announce
from settings.language import Sentence, said
from store import outside
from store.database import Database
from store.errors import StoreError
from store.outside import CLOCK, Amiss

CURE = Sentence("set it by NTP: timedatectl set-ntp true")
CURE_OF_DATABASE = Sentence(
    "set it by NTP on PostgreSQL's machine: until then times, quotas and the day are by it"
)
DAY = 24 * 3600.0  # then what is still so is told again
DATABASE = ""  # whose a clock is, where it is no host's


def clocks(db: Database) -> Callable[[], Sequence[float]]:
    """What they say, in seconds since 1970: this machine's, and the database's where it has one."""

    def now() -> Sequence[float]:
        at, apart = db.clock(), db.apart()
        return (at,) if apart is None else (at - apart, at)

    return now


class ClockByPushes:
    """The clocks as the pushes of one account show them; `account` is its name among several."""

    def __init__(self, db: Database, freshness: Freshness, host: str, account: str = "") -> None:
        self._db = db
        self._freshness = freshness
        self._host = host
        self._account = account or None
        self._told: tuple[bool, list[float]] | None = None  # whether pushes are taken, how far off
        self._told_at = 0.0  # on the steady clock

    @property
    def trouble(self) -> str:
        """What is wrong with a clock, "" for nothing."""
        return said("; ").join(trouble for _, trouble, _ in self._troubles())

    @property
    def check(self) -> str:
        """It as a check of `/readyz`, which fails where pushes get no answer."""
        but = said("ok, but ") if self._freshness.served else ""
        return f"{but}{self.trouble}" if self.trouble else FINE

    def tell(self) -> None:
        """Tell of it where it is not as it was. Before the first push nothing is known."""
        before = self._told
        if before and self._is_as_it_was(*before):
            return
        self._told = (self._freshness.served, self._freshness.ahead)
        self._told_at = self._db.steady()
        troubles = list(self._troubles())
        for _, trouble, cure in troubles:
            clock_wrong(trouble, self._account, cure)
        if before and not troubles:
            announce("clock_right", account=self._account)
        try:
            self._keep({whose: Amiss(True, what, str(cure)) for whose, what, cure in troubles})
        except StoreError as error:
            self._told = None  # the next push tells it again
            events.not_saved(error)

    def _is_as_it_was(self, served: bool, ahead: list[float]) -> bool:
        close = all(
            abs(much - now) <= AGREE_SECONDS and bool(much) == bool(now)
            for much, now in zip(ahead, self._freshness.ahead, strict=True)
        )
        is_old = any(ahead) and self._db.steady() - self._told_at > DAY
        return served == self._freshness.served and close and not is_old

    def _keep(self, troubles: dict[str, Amiss]) -> None:
        at, whose = self._db.clock(), [self._host, DATABASE]
        kept = {owner for owner, _, _ in self._db.read(outside.noticed, CLOCK, at=at)}
        for owner in whose:
            if owner in troubles:
                amiss, until = troubles[owner], at + 2 * DAY
                self._db.write(outside.notice, CLOCK, owner, amiss, at=at, until=until)
            elif owner in kept:
                self._db.write(outside.is_right, CLOCK, owner)

    def _troubles(self) -> Iterator[tuple[str, str, Sentence]]:
        """Whose clock is wrong, how, and the cure."""
        here, *of_database = self._freshness.ahead
        if here:
            where = (
                said("this machine's clock is {much:.0f} s ahead of WeChat's", much=here)
                if here > 0
                else said("this machine's clock is {much:.0f} s behind WeChat's", much=-here)
            )
            yield self._host, self._so(where, by_the_other=of_database == [0.0]), CURE
        for much in filter(None, of_database):
            where = (
                said("the database's clock is {much:.0f} s ahead of WeChat's", much=much)
                if much > 0
                else said("the database's clock is {much:.0f} s behind WeChat's", much=-much)
            )
            yield DATABASE, self._so(where, by_the_other=not here), CURE_OF_DATABASE

    def _so(self, where: str, *, by_the_other: bool) -> str:
        """What comes of it for the pushes."""
        if not self._freshness.served:
            return said("{where}: its pushes pass for old ones, and get no answer", where=where)
        if by_the_other:
            return said("{where}: pushes are answered, by the other clock", where=where)
        return said("{where}: after the next start pushes get no answer", where=where)


def clock_wrong(why: str, account: str | None, cure: Sentence = CURE) -> None:
    """Announce that it is, by what came for an account."""
    announce("clock_wrong", "error", account=account, reason=why, advice=str(cure))


def check_of_clock(checked: Iterable[ClockByPushes]) -> str:
    """The worst that the pushes of several accounts say of the clocks."""
    checks = [clock.check for clock in checked]
    return max(checks, key=lambda check: (not check.startswith(FINE), check != FINE))
