"""The moves of what a rule refuses: it is told so, and neither its words nor a trace are kept.

Each function is run by `Database.write`: all of it is saved, or nothing.
"""

from fsm.transitions import Event, apply
from store import history, usage, voices
from store.database import Connection
from store.messages import Message, State


def refuse_question(
    db: Connection, message: Message, rule: str, text: str, *, at: float
) -> Message:
    """RECEIVED or GENERATING → REPLIED: `rule` lets nobody ask this, and it does not count.

    Its words are not kept, and the history is as if it had never been asked.
    """
    usage.uncount(db, message)
    return _refuse(db, message, "question", rule, text, {"question": ""}, at=at)


def refuse_answer(db: Connection, message: Message, rule: str, text: str, *, at: float) -> Message:
    """GENERATING → REPLIED: `text` stands in place of an answer that `rule` does not let pass.

    What the model had written is not kept, and the history is as if it had never been asked.
    """
    return _refuse(db, message, "answer", rule, text, {}, at=at)


def _refuse(
    db: Connection,
    message: Message,
    what: str,
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
    return apply(db, message, Event.REFUSED, at=at, learned=learned)
