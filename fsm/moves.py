"""The moves of a message together with what must be saved in the same transaction.

Each function is run by `Database.write`: all of it is saved, or nothing.
"""

from sqlite3 import Connection

from fsm.slices import common_prefix, fit
from fsm.transitions import Event, apply
from fsm.wording import Wording
from store import history, messages, reading
from store.messages import Message


def pick_up(
    db: Connection,
    message: Message,
    *,
    session_seconds: float,
    lesson: str | None = None,
    at: float,
) -> Message:
    """RECEIVED → GENERATING, with the follower's turn in the history."""
    moved = apply(db, message, Event.PICKED_UP, at=at)
    history.open_turn(db, moved, session_seconds=session_seconds, lesson=lesson)
    return moved


def reply_at_once(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED with a text that needs no model and is not for collecting."""
    return apply(db, message, Event.ANSWERED_AT_ONCE, at=at, learned={"reply": text})


def start_anew(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED, and what was said before is not spoken of again."""
    history.start_anew(db, message.follower_id)
    return reply_at_once(db, message, text, at=at)


def collect(db: Connection, message: Message, wording: Wording, *, at: float) -> Message | None:
    """RECEIVED → REPLIED with the next slice of what the follower has not read.

    Returns None, and moves nothing, where all is read.
    """
    waiting = reading.unread(db, message, at=at)
    if not waiting:
        return None
    answer = waiting[0]
    earlier_waits = wording.earlier_waits if len(waiting) > 1 else ""
    cut = fit(
        answer.readable,
        answer.read_to,
        characters=wording.reply_characters,
        footer=wording.rest,
        last_footer=earlier_waits,
    )
    return apply(
        db,
        message,
        Event.ANSWERED_AT_ONCE,
        at=at,
        learned={"reply": cut.text, "reply_of": answer.id, "reply_end": cut.end},
    )


def answer(
    db: Connection, message: Message, text: str, wording: Wording, *, note: str = "", at: float
) -> Message:
    """GENERATING → REPLIED with `text`, which the history remembers; `note` is for reading only."""
    readable = f"{text}\n{note}" if note else text
    return _settle(db, message, Event.ANSWERED, text, readable, wording, at=at)


def _settle(
    db: Connection,
    message: Message,
    event: Event,
    text: str,
    readable: str,
    wording: Wording,
    *,
    at: float,
) -> Message:
    given = messages.get(db, message.id).given
    earlier = reading.unread(db, message, at=at)
    cut = fit(
        readable,
        0,
        characters=wording.reply_characters,
        footer=wording.rest,
        last_footer=wording.earlier_waits if earlier else "",
    )
    moved = apply(
        db,
        message,
        event,
        at=at,
        learned={
            "answer": readable,
            "reply": cut.text,
            "reply_of": message.id,
            "reply_end": cut.end,
            "read_to": common_prefix(given, readable),
        },
    )
    history.close_turn(db, moved, text, at=at)
    return moved


def give_up(db: Connection, message: Message, reason: str, apology: str, *, at: float) -> Message:
    """Any unfinished state → FAILED; the history is as if the message had never been."""
    history.roll_back(db, message)
    return apply(
        db,
        message,
        Event.GAVE_UP,
        at=at,
        learned={
            "failure": reason,
            "reply": apology,
            "reply_of": message.id,
            "reply_end": len(apology),
        },
    )


def show(db: Connection, message: Message, given: str) -> None:
    """Save that the follower has seen `given` of an answer that was being written.

    Where it has been settled meanwhile, the follower reads on after what both have in common.
    """
    now = messages.get(db, message.id)
    if now.settled:
        reading.move_on(db, message.id, common_prefix(given, now.readable))
    else:
        reading.save_given(db, message.id, given)
