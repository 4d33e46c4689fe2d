"""Commands about what a follower has not read: 继续 goes on, 文字 shows a voice as a text."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command, Waits, never, says
from fsm.text.spelling import Spelling
from fsm.text.wording import Wording
from settings.schema import Settings
from store import pronunciations, seen, unread
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class ReadingOn:
    """With what the settings say of it, and the lines that stand below what is shown."""

    settings: Settings
    wording: Wording

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts, speaks = self.settings.texts, self.settings.azure.trans_to_voice
        return [
            Command(
                Spelling.of(texts.continue_words),
                self._read_on,
                leaves=_nothing_waits,
                otherwise=self._say_so,
                left_to_model=self._is_said_to_model,
                waits=Waits.FOR_ITS_TURN,
                reads_on=True,
                goes_on=True,
            ),
            Command(
                Spelling.of(texts.text_words),
                self._show_text,
                leaves=lambda db, reader, _, at: not unread.spoken(db, reader, at=at),
                otherwise=says(texts.nothing_spoken if speaks else texts.no_voice),
                left_to_model=never,
                waits=Waits.FOR_ITS_TURN,
                reads_on=True,
            ),
        ]

    def _is_said_to_model(self, db: Connection, reader: Message, rest: str, at: float) -> bool:
        """Whether 继续 asks the model to go on.

        That is where the follower had just read an answer of its to the end, and types the word:
        nothing was on its way, none of our lines has promised more, and no link has sent it.
        """
        if reader.tapped or not _nothing_waits(db, reader, rest, at):
            return False
        since = at - self.settings.openai.session_seconds
        said = seen.last(db, reader, since=since)
        return said is not None and not self.wording.promises(said)

    def _read_on(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        if collected := moves.collect(db, message, self.wording, at=at):
            return collected
        if line := pronunciations.told_along(db, message, at=at):
            return moves.reply_at_once(db, message, line, at=at)
        if pronunciations.owed(db, message.follower_id, at=at):
            return moves.reply_at_once(db, message, self.wording.still_thinking, at=at)
        return None

    def _say_so(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        """RECEIVED → REPLIED: all is read; or None, where the model is to go on."""
        if self._is_said_to_model(db, message, rest, at):
            return None
        return moves.reply_at_once(db, message, self._nothing_more(db, message, at), at=at)

    def _nothing_more(self, db: Connection, message: Message, at: float) -> str:
        """What is said where all is read, with what an answer whose end nobody saw suggests."""
        said = self.settings.texts.nothing_more
        suggested = seen.not_suggested(db, message, at=at)
        if not suggested:
            return said
        label = self.wording.label
        return self.wording.suggesting(self.wording.below(said, by_model=True), label, suggested)

    def _show_text(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        return moves.show_text(db, message, self.wording, at=at)


def _nothing_waits(db: Connection, reader: Message, rest: str, at: float) -> bool:
    if unread.awaited(db, reader, at=at):
        return False
    return not pronunciations.awaited(db, reader.follower_id, at=at)
