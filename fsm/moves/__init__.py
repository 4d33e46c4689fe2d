"""Every move of a message, by name, together with what must be saved in the same transaction.

Each is run by `Database.write`: all of it is saved, or nothing.
"""

from collections.abc import Callable

from fsm.moves.answering import (
    answer,
    answer_to_speak,
    pick_up,
    say_aloud,
    voice_failed,
    voice_settled,
    voice_uploaded,
)
from fsm.moves.at_once import (
    erase,
    hand_over,
    let_in,
    reply_at_length,
    reply_at_once,
    start_anew,
    tell_to_wait,
)
from fsm.moves.reading_on import collect, show_text
from fsm.moves.unanswered import give_up, refuse_answer, refuse_question, retry
from store.database import Connection
from store.messages import Message

Move = Callable[[Connection], Message]  # one that is known, and has yet to be saved

__all__ = [
    "Move",
    "answer",
    "answer_to_speak",
    "collect",
    "erase",
    "give_up",
    "hand_over",
    "let_in",
    "pick_up",
    "refuse_answer",
    "refuse_question",
    "reply_at_length",
    "reply_at_once",
    "retry",
    "say_aloud",
    "show_text",
    "start_anew",
    "tell_to_wait",
    "voice_failed",
    "voice_settled",
    "voice_uploaded",
]
