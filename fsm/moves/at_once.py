"""The moves of what needs no model: it is REPLIED as it comes, or in its turn."""

from fsm.moves.reading_on import next_slice
from fsm.text.wording import Wording
from fsm.transitions import MoveEvent, apply
from store import changes, followers, history, pronunciations, signatures, unread
from store.database import Connection
from store.messages import Message


def reply_at_once(
    db: Connection, message: Message, text: str, *, failure: str = "", shows: str = "", at: float
) -> Message:
    """RECEIVED → REPLIED with a text that needs no model.

    It is what `shows` says, if not a text. `failure` is what went wrong though the message ends
    well, for the operator.
    """
    if failure:
        changes.save_failure(db, message, failure)
    learned = {"reply": text, "shows": shows}
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def reply_at_length(
    db: Connection, message: Message, text: str, wording: Wording, *, at: float
) -> Message:
    """RECEIVED → REPLIED with a text that needs no model, and is read to its end with 继续."""
    learned = next_slice(message, text, 0, wording) | {"answer": text, "reply_of": message.id}
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def let_in(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED for the word that opened the door to its follower: it is not kept."""
    learned: dict[str, object] = {"question": "", "reply": text}
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def tell_to_wait(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED for one that is over a limit."""
    return apply(db, message, MoveEvent.TOLD_TO_WAIT, at=at, learned={"reply": text})


def hand_over(db: Connection, message: Message, *, at: float) -> Message:
    """RECEIVED → REPLIED: WeChat takes the follower to the account's customer service."""
    learned: dict[str, object] = {"reply": "", "hands_over": 1}
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def start_anew(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED; what was said before is not spoken of again, nor waits to be read."""
    history.start_anew(db, message.follower_id)
    unread.put_away(db, message, at=at)
    pronunciations.put_away(db, message)
    return reply_at_once(db, message, text, at=at)


def erase(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED, and all that is stored of the follower goes, this message as well.

    What is under way for them has nowhere to go to any more. Each try of the message is told the
    same, though only its fingerprint is known by then.
    """
    moved = apply(db, message, MoveEvent.ERASED, at=at, learned={"reply": text})
    account, open_id = followers.named(db, message.follower_id)
    followers.erase(db, account, open_id, at=at)
    signatures.remember_goodbye(db, message.dedup_key, text, at=at)
    return moved
