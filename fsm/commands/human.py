"""The command that asks for a person: 人工."""

from fsm import moves
from fsm.commands.command import Command, says
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


def commands(settings: Settings) -> list[Command]:
    """Where the account has customer service, WeChat takes the follower there."""
    answer = _hand_over if settings.wechat.customer_service else says(settings.texts.human)
    return [Command(Spelling.of(settings.texts.human_words), answer, at_once=True)]


def _hand_over(db: Connection, message: Message, rest: str, at: float) -> Message:
    return moves.hand_over(db, message, at=at)
