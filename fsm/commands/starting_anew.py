"""The command that forgets the conversation: 新对话."""

from fsm import moves
from fsm.commands.command import Command
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


def commands(settings: Settings) -> list[Command]:
    """What was said before is put away, and so is what is unread."""
    texts = settings.texts

    def start_anew(db: Connection, message: Message, rest: str, at: float) -> Message:
        return moves.start_anew(db, message, texts.reset_done, at=at)

    return [Command(Spelling.of(texts.reset_words), start_anew)]
