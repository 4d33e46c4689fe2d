"""Commands about English lessons: 英语对话 begins one, 下课 ends it with a summary."""

from dataclasses import dataclass

from fsm import moves
from fsm.commands.command import Command, always
from fsm.lessons import Lessons
from settings.schema import Settings
from store import characters, history
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class Schooling:
    """With what the settings say of lessons."""

    settings: Settings
    lessons: Lessons

    def commands(self) -> list[Command]:
        """Those of this kind."""
        return [
            Command(
                self.lessons.beginning,
                self._begin,
                takes_rest=True,
                asks_model=lambda db, message, rest, at: bool(self.lessons.asked_for(rest).topic),
            ),
            Command(
                self.lessons.ending,
                self._end,
                leaves=lambda db, message, rest, at: not _in_lesson(db, message),
                asks_model=always,  # for a summary
                of_lessons=True,
            ),
        ]

    def _begin(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        """A lesson on a topic; without one it can be chosen, and the level is kept."""
        asked = self.lessons.asked_for(rest)
        if asked.level:
            characters.choose_level(db, message.follower_id, asked.level)
        if not asked.topic:
            chosen = characters.level_of(db, message.follower_id)
            return moves.reply_at_once(db, message, self.lessons.menu(chosen), at=at)
        silence = self.settings.openai.session_seconds
        return moves.pick_up(db, message, session_seconds=silence, lesson=asked.topic, at=at)

    def _end(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        """The last words of a lesson; elsewhere they mean what they say."""
        silence = self.settings.openai.session_seconds
        return moves.pick_up(db, message, session_seconds=silence, ends_lesson=True, at=at)


def _in_lesson(db: Connection, message: Message) -> bool:
    return history.lesson_of(db, message.follower_id) is not None
