"""Commands about who answers: 角色 shows the characters, 角色 and a name chooses one."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command
from fsm.personas import Personas
from fsm.text.spelling import WithNames
from store import characters, history
from store.database import Connection
from store.messages import Message

A_NAME = 12  # characters; what is longer behind the word, and no name, is a question


@dataclass(frozen=True)
class Choosing:
    """Who there is to choose from; where there is nobody, there is no such command."""

    personas: Personas

    def commands(self) -> list[Command]:
        """Those of this kind."""
        words = self.personas.texts.persona_words
        if not (self.personas.named and words):
            return []
        return [
            Command(
                WithNames.known(words, self.personas.named),
                self._choose,
                takes_rest=True,
                is_meant_with=lambda rest: not self._is_question(rest),
            )
        ]

    def _choose(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        """A new conversation with who is named; where that is nobody, the list of all."""
        name = self.personas.meant(rest) or self.personas.tapped(message.question)
        if name is None:
            chosen = characters.persona_of(db, message.follower_id)
            return moves.reply_at_once(db, message, self.personas.menu(chosen), at=at)
        history.start_anew(db, message.follower_id)  # nobody reads what was said to another
        characters.choose_persona(db, message.follower_id, name)
        return moves.reply_at_once(db, message, self.personas.greeting(name), at=at)

    def _is_question(self, rest: str) -> bool:
        return len(rest) > A_NAME and self.personas.meant(rest) is None
