"""The command that says a word aloud: 听 and what is to be heard."""

import re

from fsm import moves
from fsm.commands.command import Command, Waits
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store import history, pronunciations
from store.database import Connection
from store.messages import Message

ENGLISH = re.compile(r"[A-Za-z][A-Za-z0-9 ,.!?'’-]{0,59}")


def commands(settings: Settings) -> list[Command]:
    """For followers who are, or were, in a lesson; where nothing is spoken there is none."""
    words = settings.texts.listen_words
    if not (settings.azure.trans_to_voice and words):
        return []
    return [
        Command(
            Spelling.of(words),
            lambda db, message, rest, at: moves.say_aloud(db, message, rest, at=at),
            takes_rest=True,
            waits=Waits.FOR_ITS_TURN,
            repeats=True,
            leaves=lambda db, message, rest, at: not _sayable(db, message, rest),
        )
    ]


def _sayable(db: Connection, message: Message, rest: str) -> bool:
    who = message.follower_id
    if not ENGLISH.fullmatch(rest):
        return False
    return history.lesson_of(db, who) is not None or pronunciations.any_of(db, who)
