"""How much a follower, and all of them, may ask in a day."""

import math
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from fsm.days import day_of
from fsm.lessons import Lessons
from fsm.personas import Personas
from settings.schema import Settings
from store import characters, usage
from store.database import Connection
from store.messages import Message

MOST_HEARD = 20  # voices of one follower in a day that are heard and do not count


@dataclass(frozen=True)
class Quotas:
    """As the settings have them."""

    settings: Settings
    lessons: Lessons
    personas: Personas

    def count(self, db: Connection, message: Message) -> None:
        """Have a question count, also for the character that it goes to."""
        usage.count(db, message, persona=self._asked(db, message))

    def used_up(
        self, db: Connection, message: Message, *, by_anybody: bool = False, at: float
    ) -> str | None:
        """What a follower is told who has no question left today; None: they have one.

        `by_anybody`: whichever character it goes to.
        """
        limits, texts, day = self.settings.limits, self.settings.texts, day_of(at, self._zone)
        counted = partial(usage.counted, db, *day, account=message.of_account)
        spent = partial(usage.spent, db, *day, account=message.of_account)
        whose = message.follower_id
        if 0 < limits.daily_follower <= counted(follower_id=whose):
            return texts.daily_follower
        if 0 < limits.daily_tokens_follower <= spent(follower_id=whose):
            return texts.daily_tokens
        if 0 < limits.daily_account <= counted():
            return texts.daily_account
        asked = None if by_anybody else self._asked(db, message)
        if asked is None or not (most := self.personas.named[asked].daily):
            return None
        today = counted(follower_id=whose, persona=asked)
        return self.personas.used_up(asked) if most <= today else None

    def _asked(self, db: Connection, message: Message) -> str | None:
        """The character that a question goes to; a lesson's is none."""
        if not self.personas.named:
            return None
        if self.lessons.begins(message.question):
            return None
        ends = self.lessons.ending.fits(message.question)
        lasts = math.inf if ends else self.settings.openai.session_seconds
        chosen, in_lesson = characters.talks_to(db, message, lesson_lasts=lasts)
        return None if in_lesson else self.personas.answering(chosen)

    def may_be_heard_for_nothing(self, db: Connection, message: Message, *, at: float) -> bool:
        """Whether a voice may be heard that does not count: to hear it costs, so it has a bound.

        Where all that the account may answer is used up nothing is heard any more.
        """
        most, day = self.settings.limits.daily_account, day_of(at, self._zone)
        if 0 < most <= usage.counted(db, *day, account=message.of_account):
            return False
        return usage.uncounted_voices(db, message, since=day[0]) < MOST_HEARD

    @property
    def _zone(self) -> tzinfo:
        """Whose midnight ends a day."""
        return ZoneInfo(self.settings.server.time_zone)
