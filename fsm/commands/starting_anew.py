"""Commands about the conversation: 新对话 forgets it."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class StartingAnew:
    """With what the settings say of it."""

    settings: Settings

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.settings.texts
        return [Command(Spelling.of(texts.reset_words), self._start_anew)]

    def _start_anew(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        return moves.start_anew(db, message, self.settings.texts.reset_done, at=at)
