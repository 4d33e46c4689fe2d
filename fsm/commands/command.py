"""One command: a word of a follower's, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from fsm import moves
from fsm.text.spelling import Spelling
from store.database import Connection
from store.messages import Message

# Each is told of the message, of what stands behind the word, and the time.
CommandAnswer = Callable[[Connection, Message, str, float], Message | None]
Whether = Callable[[Connection, Message, str, float], bool]


def never(db: Connection, message: Message, rest: str, at: float) -> bool:
    """Of a command for which that never comes, whatever stands behind its word."""
    return False


def always(db: Connection, message: Message, rest: str, at: float) -> bool:
    """Of a command for which it is so each time."""
    return True


def nothing(db: Connection, message: Message, rest: str, at: float) -> Message | None:
    """Of a command that has nothing more to say."""
    return None


def says(text: str) -> CommandAnswer:
    """The answer of a command that says the same each time; "" is nothing."""
    return lambda db, message, rest, at: moves.reply_at_once(db, message, text, at=at)


class Waits(Enum):
    """What of the same follower's has to be over before a message is answered without the model."""

    FOR_NOTHING = auto()
    UNTIL_ALL_IS_BEGUN = auto()  # it changes how what comes later is answered, and only that
    FOR_ITS_TURN = auto()  # it is about what came before, or asks the model


@dataclass(frozen=True)
class Command:
    """A word of a follower's, and what it does.

    `answer` makes the move, from RECEIVED, and `asks_model` tells before whether the model is asked
    then. Where it has nothing to do just now, `leaves` tells so, or the answer is None: its words
    are as any others, for the operator's own answers, and for what is said `otherwise`; that is
    None, too, where they are left to the model, as `left_to_model` tells before. With some of what
    may stand behind it the word is not meant: `is_meant_with`.
    """

    spelling: Spelling
    answer: CommandAnswer
    takes_rest: bool = False
    is_meant_with: Callable[[str], bool] = lambda rest: True
    leaves: Whether = never
    otherwise: CommandAnswer = nothing
    left_to_model: Whether = always
    asks_model: Whether = never
    reads_on: bool = False  # brings what is unread, and waits for it where it is still made
    goes_on: bool = False  # the same of what is found out beside the answers
    waits: Waits = Waits.UNTIL_ALL_IS_BEGUN
    at_once: bool = False  # waits for nothing, and is there also for who is not let in
    repeats: bool = False  # says what stands behind the word: a rule may refuse it
    of_lessons: bool = False  # in an English lesson each of its English words is meant, too

    def rest(self, text: str) -> str | None:
        """What stands behind the word; None where it is not this command."""
        if self.spelling.fits(text):
            return ""
        rest = self.spelling.rest(text) if self.takes_rest else None
        return rest if rest is not None and self.is_meant_with(rest) else None
