"""What is answered without a question to the model: the table of commands, and kinds of messages.

A new command is an entry of the kind that it belongs to (a file beside this one), and its words and
texts in the settings. What is answered here is free: it neither counts as a question nor is it
limited.
"""

from fsm import moves
from fsm.commands.command import Command, says
from fsm.commands.conversation import Conversation
from fsm.commands.human import Human
from fsm.commands.kinds import said_to_kind
from fsm.commands.lessons import Schooling
from fsm.commands.listening import Listening
from fsm.commands.own_data import OwnData
from fsm.commands.personas import Choosing
from fsm.commands.reading import Reading
from fsm.commands.voice import Voice
from fsm.lessons import Lessons
from fsm.personas import Personas
from fsm.text.spelling import Spelling
from fsm.text.texts import Wording
from settings.schema import Settings
from store.database import Connection
from store.messages import Message


class Commands:
    """The commands of an account, and its answers to kinds of messages."""

    def __init__(self, settings: Settings) -> None:
        self.wording = Wording.of(settings)
        self._commands = [
            *Reading(self.wording).commands(),
            *Conversation(settings).commands(),
            *Voice(settings).commands(),
            *Choosing(Personas.of(settings)).commands(),
            *OwnData(settings, self.wording).commands(),
            *Human(settings).commands(),
            *Schooling(settings, Lessons(settings)).commands(),
            *Listening(settings).commands(),
            Command(Spelling.of(settings.texts.menu_words), says(settings.texts.menu)),
        ]

    def answer(self, db: Connection, message: Message, *, at: float) -> Message | None:
        """RECEIVED → what a command or a kind of message leads to; None: a question."""
        fixed = said_to_kind(message, self.wording.texts)
        if fixed is not None:
            return moves.reply_at_once(db, message, fixed, at=at)
        command, rest = self._called(message)
        return command.answer(db, message, rest, at) if command else None

    def answer_at_once(self, db: Connection, message: Message, *, at: float) -> Message | None:
        """RECEIVED → what a command leads to that waits for nothing; None: it has its turn."""
        command, rest = self._called(message)
        return command.answer(db, message, rest, at) if command and command.at_once else None

    def is_question(self, db: Connection, message: Message, *, at: float) -> bool:
        """Whether the model is to be asked."""
        if said_to_kind(message, self.wording.texts) is not None:
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
