"""What the operator keeps in files of their own: read at the start, and again when they change."""

import os

from fsm.commands.table import Commands
from fsm.fixed_answers import FixedAnswers, Holder
from service import safety
from service.rereading import Rereading
from settings.accounts import of_each
from settings.announcements import announce
from settings.replies_file import replies_in
from settings.schema import Settings
from store.database import Database


def check(settings: Settings, db: Database | None = None) -> None:
    """Read all of them once, and tell of what is doubtful in them.

    One that cannot be used says what it last said, where `db` knows that. Raises `SettingsError`.
    """
    rereading = Rereading()
    for one in of_each(settings):
        safety.judge(one, rereading)
        safety.door(one, rereading)
        fixed_answers(one, Commands(one), rereading, tell_at_once=True)
    rereading.begin(db, tell_at_once=True)


def fixed_answers(
    settings: Settings, commands: Commands, rereading: Rereading, *, tell_at_once: bool
) -> Holder:
    """Those of the settings, and behind them those of the file."""

    def of(text: str) -> FixedAnswers:
        return FixedAnswers(settings.replies + replies_in(text, os.environ), commands.is_command)

    if settings.replies_file.name:
        return rereading.keep(settings.replies_file, of, then=_tell_of_hidden)
    answers = FixedAnswers(settings.replies, commands.is_command)
    if tell_at_once:
        _tell_of_hidden(answers)
    return answers


def _tell_of_hidden(answers: FixedAnswers) -> None:
    """In one line, whatever there is of it."""
    if answers.hidden:
        first, *others = answers.hidden
        announce("replies_hidden", "warning", reason=first, more=len(others) or None)
