"""What keeps an account safe, with the operator's files that are read again when they change."""

from collections.abc import Callable, Sized
from functools import partial
from pathlib import Path
from typing import TypeVar

from fsm.access.door import Door
from fsm.access.files import by_fingerprints, invite_codes, open_ids
from fsm.moderation.judge import Judge, Outside
from fsm.moderation.patterns import Patterns
from fsm.moderation.words import WordList
from integrations.moderation.moderations import ModerationFailed, Moderations
from service.rereading import Rereading, as_it_is
from settings.language import said
from settings.schema import Moderation, Settings
from store import outside
from store.database import Database
from store.outside import JUDGE, Amiss

T = TypeVar("T", bound=Sized)

KEPT = 600.0  # seconds; nothing may be asked for longer
AGAIN_AFTER = 60.0  # seconds between two times that the same is kept


def judge(
    settings: Settings,
    rereading: Rereading,
    told: Callable[[str], None] = lambda reason: None,
    *,
    then: Callable[[WordList], None],
) -> Judge:
    """Who says what must not be asked or answered, once `rereading` has begun.

    `told` is told of each time that a service is asked: why it has not judged, "" where it has;
    `then` of each list that is read again.
    """
    kept = partial(rereading.keep, then=then, account=settings.account)
    lists = [kept(path, partial(WordList.of, path.name)) for path in settings.moderation.lists]
    return Judge(
        lambda: tuple(one.now for one in lists),
        Patterns.of(settings.moderation.patterns),
        _outside(settings.moderation, settings.account, told),
    )


def _outside(moderation: Moderation, account: str, told: Callable[[str], None]) -> Outside | None:
    if not moderation.service_url:
        return None
    refuses = moderation.failing == "refuse"
    return Outside(service(moderation), refuses, moderation.service_answers, account, told)


def service(moderation: Moderation) -> Moderations:
    """The service that judges texts."""
    return Moderations(
        base_url=moderation.service_url,
        key=moderation.service_key,
        model=moderation.service_model,
        seconds=moderation.service_seconds,
    )


def door(settings: Settings, rereading: Rereading) -> Door:
    """Who says who may ask, once `rereading` has begun."""

    def read_again(
        path: Path, read: Callable[[str], T], kept_as: Callable[[str], str] = as_it_is
    ) -> Callable[[], T] | None:
        """What tells what a file says now; None: there is no such file."""
        if path == Path():
            return None
        file = rereading.keep(path, read, kept_as=kept_as, account=settings.account)
        return lambda: file.now

    codes = read_again(settings.access.codes_file, invite_codes, by_fingerprints)
    blocked = read_again(settings.access.block_file, open_ids)
    listed = read_again(settings.access.list_file, open_ids)
    return Door(settings, blocked or frozenset, listed, codes)


class Judged:
    """What questions show of an account's service of moderation, kept for inspect."""

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
                self._db.write_soon(outside.is_right, JUDGE, self._account)
            self._kept_at = None
        elif self._kept_at is None or now >= self._kept_at + AGAIN_AFTER:
            self._kept_at = now
            whose, amiss = self._account, Amiss(True, self._found(reason), ModerationFailed.advice)
            self._db.write_soon(outside.notice, JUDGE, whose, amiss, at=at, until=at + KEPT)

    def _found(self, why: str) -> str:
        if self._refuses:
            return said("moderation does not judge, and what is asked is refused: {why}", why=why)
        return said("moderation does not judge, and what is asked passes: {why}", why=why)
