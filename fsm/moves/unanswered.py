"""The moves that end a message without an answer, and the one that brings it back to work.

The history is as if it had never been asked.
"""

from fsm.transitions import TRANSITIONS, MoveEvent, apply
from store import history, unread, usage, voices
from store.database import Connection
from store.messages import Message, Refused, State


def refuse_question(
    db: Connection, message: Message, rule: str, text: str, *, at: float
) -> Message:
    """RECEIVED or GENERATING → REPLIED: `rule` lets nobody ask this, and it does not count.

    Its words are not kept, and the history is as if it had never been asked.
    """
    usage.uncount(db, message)
    return _refuse(db, message, Refused.QUESTION, rule, text, {"question": ""}, at=at)


def refuse_answer(db: Connection, message: Message, rule: str, text: str, *, at: float) -> Message:
    """GENERATING → REPLIED: `text` stands in place of an answer that `rule` does not let pass.

    What the model had written is not kept, and the history is as if it had never been asked.
    """
    return _refuse(db, message, Refused.ANSWER, rule, text, {}, at=at)


def _refuse(
    db: Connection,
    message: Message,
    what: Refused,
    rule: str,
    text: str,
    learned: dict[str, object],
    *,
    at: float,
) -> Message:
    history.roll_back(db, message)
    voices.drop_parts(db, message)
    learned = learned | {"refused": what, "refused_by": rule, "partial": "", "given": ""}
    learned["reply"] = text
    if message.state == State.GENERATING:  # its tries may be over: then it is to be collected
        learned |= {"reply_of": message.id, "reply_end": len(text)}
    return apply(db, message, MoveEvent.REFUSED, at=at, learned=learned)


def give_up(
    db: Connection,
    message: Message,
    reason: str,
    apology: str,
    *,
    at: float,
    by_operator: bool = False,
) -> Message:
    """Any unfinished state → FAILED; the history is as if the message had never been."""
    history.roll_back(db, message)
    voices.drop_parts(db, message)
    voices.needed_until(db, message.id, at=at)
    return apply(
        db,
        message,
        MoveEvent.GAVE_UP,
        at=at,
        learned={
            "failure": reason,
            "reply": apology,
            "reply_of": message.id,
            "reply_end": len(apology),
        },
        by_operator=by_operator,
    )


BEGUN_AGAIN: dict[str, object] = {
    "partial": "",
    "reply": None,
    "reply_of": None,
    "reply_end": None,
    "read_to": 0,
    "tells": 0,
    "put_away": 0,
    "suggestions": "",
    "failure": None,
}


def retry(db: Connection, message: Message, *, at: float) -> Message:
    """Back to work by the operator, if it is not REPLIED; nothing that was paid for is lost.

    Where no answer is saved it begins again, as if it had just come, with its turn at the end of
    the history. The apology for one that had failed is not to be collected any more.
    """
    learned: dict[str, object] = {"take_ups": 0, "resume_at": 0.0}
    if TRANSITIONS.get((State(message.state), MoveEvent.RETRIED)) is State.RECEIVED:
        history.roll_back(db, message)
        voices.drop_parts(db, message)
        unread.withdraw(db, message)
        learned |= BEGUN_AGAIN | {"given": message.given if message.answer else ""}
    return apply(db, message, MoveEvent.RETRIED, at=at, learned=learned, by_operator=True)
