"""Commands about the conversation: 新对话 forgets it, 英语对话 makes a lesson of it."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class Conversation:
    """With what the settings say of it."""

    settings: Settings

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.settings.texts
        return [
            Command(Spelling.of(texts.reset_words), self._start_anew),
            Command(
                Spelling.of((texts.lesson_word,)),
                self._lesson,
                takes_rest=True,
                asks_model=lambda db, message, topic, at: bool(topic),
            ),
        ]

    def _start_anew(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        return moves.start_anew(db, message, self.settings.texts.reset_done, at=at)

    def _lesson(self, db: Connection, message: Message, topic: str, at: float) -> Message:
        if not topic:
            return moves.reply_at_once(db, message, self.settings.texts.lesson_topic, at=at)
        silence = self.settings.openai.session_seconds
        return moves.pick_up(db, message, session_seconds=silence, lesson=topic, at=at)
