"""What the operator keeps in files of their own: read at the start, and again when they change."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from fsm.commands.table import Commands
from fsm.fixed_answers import FixedAnswers, Holder
from fsm.moderation.words import WordList
from fsm.offer import Offer
from service import safety
from service.rereading import Rereading
from settings.accounts import of_each
from settings.announcements import announce
from settings.replies_file import replies_in
from settings.schema import Settings
from store.database import Database

MOST_TOLD = 10  # lines of one look


@dataclass(frozen=True)
class DoubtfulRule:
    """What an account's operator can hardly have meant so: in a fixed answer, or a word list."""

    account: str
    why: str
    of_list: bool = False


def check(settings: Settings, db: Database | None = None) -> list[DoubtfulRule]:
    """Read all of them once. Returns what is doubtful in them.

    One that cannot be used says what it last said, where `db` knows that. Raises `SettingsError`.
    """
    rereading = Rereading()
    found: list[DoubtfulRule] = []
    for one in of_each(settings):
        safety.judge(one, rereading, then=doubting_lists(one.account, found.extend))
        safety.door(one, rereading)
        keep = partial(_keep_doubts, found, one.account)
        fixed_answers(one, Commands(Offer.of(one)), rereading, then=keep, tell_at_once=True)
    rereading.begin(db, tell_at_once=True)
    return found


def doubting_lists(
    account: str, then: Callable[[Sequence[DoubtfulRule]], None] | None = None
) -> Callable[[WordList], None]:
    """Tells `then` of what is doubtful in a word list of the account; else the log."""

    def look(words: WordList) -> None:
        if words.doubt:
            (then or tell)([DoubtfulRule(account, words.doubt, of_list=True)])

    return look


def fixed_answers(
    settings: Settings,
    commands: Commands,
    rereading: Rereading,
    *,
    then: Callable[[FixedAnswers], None] | None = None,
    tell_at_once: bool,
) -> Holder:
    """Those of the settings, and behind them those of the file.

    `then` is told of each version that is read; else it is told in the log what is doubtful in it.
    """

    def of(text: str) -> FixedAnswers:
        return FixedAnswers(settings.replies + replies_in(text, os.environ), commands.is_command)

    then = then or (
        lambda answers: tell([DoubtfulRule(settings.account, why) for why in answers.doubts])
    )
    if settings.replies_file.name:
        return rereading.keep(settings.replies_file, of, then=then, account=settings.account)
    answers = FixedAnswers(settings.replies, commands.is_command)
    if tell_at_once:
        then(answers)
    return answers


def tell(doubts: Sequence[DoubtfulRule]) -> None:
    """In a line each; of very many how many more there are."""
    for number, doubt in enumerate(doubts[:MOST_TOLD], start=1):
        more = len(doubts) - number if number == MOST_TOLD else 0
        told = {"account": doubt.account or None, "reason": doubt.why, "more": more or None}
        if doubt.of_list:
            announce("doubtful_list", "warning", **told)
        else:
            announce("doubtful_reply", "warning", **told)


def _keep_doubts(found: list[DoubtfulRule], account: str, answers: FixedAnswers) -> None:
    found += [DoubtfulRule(account, why) for why in answers.doubts]
