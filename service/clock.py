"""What WeChat's pushes say of this machine's clock: told where it changes, and kept for inspect."""

from collections.abc import Iterable

from fsm import events
from integrations.wechat.freshness import AGREE_SECONDS, Freshness
from service.health import FINE
from settings.announcements import announce
from settings.language import Sentence, said
from store import outside
from store.database import Database
from store.errors import StoreError
from store.outside import Amiss

CURE = Sentence("set it by NTP: timedatectl set-ntp true")


class ClockByPushes:
    """The clock as the pushes of one account show it; `account` is its name among several."""

    def __init__(self, db: Database, freshness: Freshness, account: str = "") -> None:
        self._db = db
        self._freshness = freshness
        self._account = account or None
        self._told: tuple[bool, float] | None = None  # whether pushes are taken, seconds ahead

    @property
    def trouble(self) -> str:
        """What is wrong with the clock, "" for nothing."""
        much = self._freshness.ahead
        if not much:
            return ""
        where = (
            said("this machine's clock is {much:.0f} s ahead of WeChat's", much=much)
            if much > 0
            else said("this machine's clock is {much:.0f} s behind WeChat's", much=-much)
        )
        if self._freshness.served:
            return said("{where}: after the next start pushes get no answer", where=where)
        return said("{where}: its pushes pass for old ones, and get no answer", where=where)

    @property
    def check(self) -> str:
        """It as a check of `/readyz`, which fails where pushes get no answer."""
        but = said("ok, but ") if self._freshness.served else ""
        return f"{but}{self.trouble}" if self.trouble else FINE

    def tell(self) -> None:
        """Tell of it where it is not as it was. Before the first push nothing is known."""
        now = (self._freshness.served, self._freshness.ahead)
        before, self._told = self._told, now
        if before and before[0] == now[0] and abs(before[1] - now[1]) <= AGREE_SECONDS:
            return
        trouble = self.trouble
        if trouble:
            clock_wrong(trouble, self._account)
        elif before:
            announce("clock_right", account=self._account)
        try:
            if trouble:
                amiss = Amiss(True, trouble, str(CURE))
                self._db.write(outside.keep_clock, amiss, at=self._db.clock())
            elif self._db.read(outside.clock):
                self._db.write(outside.forget_clock)
        except StoreError as error:
            self._told = None  # the next push tells it again
            events.not_saved(error)


def clock_wrong(why: str, account: str | None) -> None:
    """Announce that it is, by what came for an account."""
    announce("clock_wrong", "error", account=account, reason=why, advice=str(CURE))


def check_of_clock(clocks: Iterable[ClockByPushes]) -> str:
    """The worst that the pushes of several accounts say of the one clock."""
    checks = [clock.check for clock in clocks]
    return max(checks, key=lambda check: (not check.startswith(FINE), check != FINE))
