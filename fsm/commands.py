"""What is answered without a question to the model: commands, and kinds of messages.

Two tables, and the one place that reads them. A new command is an entry of `Commands._table`, its
words and texts in the settings, and what it does: a function of the message and of what stands
behind the word, which makes the move. What is answered here is free: it neither counts as a
question nor is it limited.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fsm import moves
from fsm.text.plain_text import VISIBLE
from fsm.text.spelling import Spelling
from fsm.text.texts import Wording
from integrations.wechat.rules import stands_for_a_sticker
from settings.schema import Settings
from store import reading
from store.database import Connection
from store.messages import Message

# The kind of a message -> the text of the configuration that answers it; others are `unsupported`.
FIXED = {
    "image": "image",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "subscribe": "welcome",
}
# The kinds that may be questions -> the text that answers one without words.
WORDLESS = {"text": "empty_message", "voice": "not_heard"}

# Each is told of the message, of what stands behind the word, and the time.
Answer = Callable[[Connection, Message, str, float], Message | None]
Judge = Callable[[Connection, Message, str, float], bool]


def never(db: Connection, message: Message, rest: str, at: float) -> bool:
    """Of a command that does not ask the model, whatever stands behind its word."""
    return False


@dataclass(frozen=True)
class Command:
    """A word of a follower's, and what it does.

    `answer` makes the move, from RECEIVED; None leaves the words to the model. `asks_model` tells
    before whether it will come to that.
    """

    spelling: Spelling
    answer: Answer
    takes_rest: bool = False
    asks_model: Judge = never
    reads_on: bool = False  # brings what is unread, and waits for it where it is still made

    def rest(self, text: str) -> str | None:
        """What stands behind the word; None where it is not this command."""
        if self.spelling.fits(text):
            return ""
        return self.spelling.rest(text) if self.takes_rest else None


class Commands:
    """The commands of an account, and its fixed answers."""

    def __init__(self, settings: Settings) -> None:
        self.wording = Wording.of(settings)
        self._settings = settings
        self._commands = self._table()

    def _table(self) -> list[Command]:
        texts = self._settings.texts
        return [
            Command(
                Spelling.of(texts.continue_words),
                self._read_on,
                asks_model=lambda db, reader, _, at: not reading.awaited(db, reader, at=at),
                reads_on=True,
            ),
            Command(
                Spelling.of(texts.text_words),
                self._show_text,
                asks_model=lambda db, reader, _, at: not reading.spoken(db, reader, at=at),
                reads_on=True,
            ),
            Command(Spelling.of(texts.reset_words), self._start_anew),
            Command(
                Spelling.of((texts.lesson_word,)),
                self._lesson,
                takes_rest=True,
                asks_model=lambda db, message, topic, at: bool(topic),
            ),
        ]

    def answer(self, db: Connection, message: Message, *, at: float) -> Message | None:
        """RECEIVED → what a command or a kind of message leads to; None: a question."""
        fixed = self._fixed(message)
        if fixed is not None:
            return moves.reply_at_once(db, message, fixed, at=at)
        command, rest = self._called(message)
        return command.answer(db, message, rest, at) if command else None

    def is_question(self, db: Connection, message: Message, *, at: float) -> bool:
        """Whether the model is to be asked."""
        if self._fixed(message) is not None:
            return False
        command, rest = self._called(message)
        return command is None or command.asks_model(db, message, rest, at)

    def reads_on(self, message: Message) -> bool:
        """Whether what the follower has not read yet is asked for."""
        command, _ = self._called(message)
        return command is not None and command.reads_on

    def _called(self, message: Message) -> tuple[Command | None, str]:
        for command in self._commands:
            rest = command.rest(message.question)
            if rest is not None:
                return command, rest
        return None, ""

    def _fixed(self, message: Message) -> str | None:
        """What is said to its kind; "" is nothing, None leaves it to its words."""
        if message.kind not in WORDLESS:
            name = FIXED.get(message.kind, "unsupported")
        elif not VISIBLE.search(message.question):
            name = WORDLESS[message.kind]
        elif stands_for_a_sticker(message.question):
            name = "sticker"
        else:
            return None
        return str(getattr(self.wording.texts, name))

    def _read_on(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        return moves.collect(db, message, self.wording, at=at)

    def _show_text(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        return moves.show_text(db, message, self.wording, at=at)

    def _start_anew(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        return moves.start_anew(db, message, self.wording.texts.reset_done, at=at)

    def _lesson(self, db: Connection, message: Message, topic: str, at: float) -> Message:
        if not topic:
            return moves.reply_at_once(db, message, self.wording.texts.lesson_topic, at=at)
        silence = self._settings.openai.session_seconds
        return moves.pick_up(db, message, session_seconds=silence, lesson=topic, at=at)
