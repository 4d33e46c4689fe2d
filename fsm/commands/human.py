"""The command that asks for a person: 人工."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command, says
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class Human:
    """Where the account has customer service, WeChat takes the follower there."""

    settings: Settings

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.settings.texts
        there_is_one = self.settings.wechat.customer_service
        answer = self._hand_over if there_is_one else says(texts.human)
        return [Command(Spelling.of(texts.human_words), answer, at_once=True)]

    def _hand_over(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        return moves.hand_over(db, message, at=at)
