"""Commands about what a follower has not read: 继续 goes on, 文字 shows a voice as a text."""

from dataclasses import dataclass

from fsm import moves, reading_on
from fsm.commands.command import Command
from fsm.text.spelling import Spelling
from fsm.text.texts import Wording
from store import pronunciations, reading
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class Reading:
    """With the lines that stand below what is shown."""

    wording: Wording

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.wording.texts
        return [
            Command(
                Spelling.of(texts.continue_words),
                self._read_on,
                leaves=_nothing_waits,
                reads_on=True,
            ),
            Command(
                Spelling.of(texts.text_words),
                self._show_text,
                leaves=lambda db, reader, _, at: not reading.spoken(db, reader, at=at),
                reads_on=True,
            ),
        ]

    def _read_on(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        read_on = reading_on.collect(db, message, self.wording, at=at)
        return read_on or _pronounced(db, message, at)

    def _show_text(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        return reading_on.show_text(db, message, self.wording, at=at)


def _nothing_waits(db: Connection, reader: Message, rest: str, at: float) -> bool:
    if reading.awaited(db, reader, at=at):
        return False
    return not pronunciations.awaited(db, reader.follower_id, at=at)


def _pronounced(db: Connection, message: Message, at: float) -> Message | None:
    """RECEIVED → REPLIED with how the follower pronounced what they said, where that waits."""
    line = pronunciations.told_along(db, message, at=at)
    return moves.reply_at_once(db, message, line, at=at) if line else None
