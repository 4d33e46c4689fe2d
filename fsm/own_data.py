"""The moves of a follower who asks for their own data: it is shown to them, or erased.

Each function is run by `Database.write`: all of it is saved, or nothing.
"""

from fsm.reading_on import next_slice
from fsm.text.texts import Wording
from fsm.transitions import Event, apply
from store import followers, signatures
from store.database import Connection
from store.messages import Message


def show(db: Connection, message: Message, text: str, wording: Wording, *, at: float) -> Message:
    """RECEIVED → REPLIED with a text that needs no model, and is read to its end with 继续."""
    learned = next_slice(message, text, 0, wording) | {"answer": text, "reply_of": message.id}
    return apply(db, message, Event.ANSWERED_AT_ONCE, at=at, learned=learned)


def erase(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED, and all that is stored of the follower goes, this message as well.

    What is under way for them has nowhere to go to any more. Each try of the message is told the
    same, though only its fingerprint is known by then.
    """
    moved = apply(db, message, Event.ERASED, at=at, learned={"reply": text})
    account, open_id = followers.named(db, message.follower_id)
    followers.erase(db, account, open_id, at=at)
    signatures.remember_goodbye(db, message.dedup_key, text, at=at)
    return moved
