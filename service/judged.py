"""What questions show of a service of moderation, kept for inspect while it does not judge."""

from integrations.moderation.moderations import ModerationFailed
from settings.language import said
from settings.schema import Settings
from store import outside
from store.database import Database
from store.outside import Amiss

KEPT = 600.0  # seconds; nothing may be asked for longer
AGAIN_AFTER = 60.0  # seconds between two times that the same is kept


class Judged:
    """Of one account."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._account = settings.account
        self._refuses = settings.moderation.failing == "refuse"
        self._kept_at: float | None = None  # steady clock

    def tell(self, reason: str) -> None:
        """Why it has not judged a text, "" where it has."""
        now, at = self._db.steady(), self._db.clock()
        if not reason:
            if self._kept_at is not None:
                self._db.write_soon(outside.forget_judge, self._account)
            self._kept_at = None
        elif self._kept_at is None or now >= self._kept_at + AGAIN_AFTER:
            self._kept_at = now
            found, cure = self._found(reason), ModerationFailed.advice
            amiss = Amiss(True, found, cure)
            self._db.write_soon(outside.keep_judge, self._account, amiss, at=at, until=at + KEPT)

    def _found(self, why: str) -> str:
        if self._refuses:
            return said("moderation does not judge, and what is asked is refused: {why}", why=why)
        return said("moderation does not judge, and what is asked passes: {why}", why=why)
