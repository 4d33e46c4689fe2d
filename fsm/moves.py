"""The moves of a message together with what must be saved in the same transaction.

Each function is run by `Database.write`: all of it is saved, or nothing.
"""

from dataclasses import replace

from fsm.reading_on import next_slice, told_of
from fsm.text.slices import common_prefix
from fsm.text.texts import Wording
from fsm.transitions import TRANSITIONS, Event, apply
from store import changes, history, messages, pronunciations, reading, voices
from store.database import Connection
from store.messages import Message, State
from store.voices import Lent


def pick_up(
    db: Connection,
    message: Message,
    *,
    session_seconds: float,
    lesson: str | None = None,
    ends_lesson: bool = False,
    asked: str = "",
    at: float,
) -> Message:
    """RECEIVED → GENERATING, with the follower's turn in the history.

    The message brings its question, also where that has only just been heard; what is `asked`
    stands in its place there. It begins a lesson on a topic, or is the last of one.
    """
    moved = apply(db, message, Event.PICKED_UP, at=at, learned={"question": message.question})
    history.open_turn(
        db,
        moved,
        asked=asked,
        session_seconds=session_seconds,
        lesson=lesson,
        ends_lesson=ends_lesson,
    )
    return moved


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
    return apply(db, message, Event.ANSWERED_AT_ONCE, at=at, learned=learned)


def hand_over(db: Connection, message: Message, *, at: float) -> Message:
    """RECEIVED → REPLIED: WeChat takes the follower to the account's customer service."""
    learned: dict[str, object] = {"reply": "", "hands_over": 1}
    return apply(db, message, Event.ANSWERED_AT_ONCE, at=at, learned=learned)


def tell_to_wait(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED for one that is over a limit."""
    return apply(db, message, Event.TOLD_TO_WAIT, at=at, learned={"reply": text})


def start_anew(db: Connection, message: Message, text: str, *, at: float) -> Message:
    """RECEIVED → REPLIED; what was said before is not spoken of again, nor waits to be read."""
    history.start_anew(db, message.follower_id)
    reading.put_away(db, message, at=at)
    pronunciations.put_away(db, message)
    return reply_at_once(db, message, text, at=at)


def answer(
    db: Connection,
    message: Message,
    text: str,
    wording: Wording,
    *,
    by: str | None = None,
    note: str = "",
    suggestions: tuple[str, ...] = (),
    at: float,
) -> Message:
    """GENERATING → REPLIED with `text`, which the history remembers.

    `by` is the name of the model that wrote it. `note` is for reading only, and so are the
    `suggestions` of what to ask next.
    """
    readable = _with_note(text, note)
    if (offered := "\n".join(suggestions)) != message.suggestions:
        message = replace(message, suggestions=offered)
    moved = _reply_with_text(db, message, Event.ANSWERED, readable, wording, by=by, at=at)
    history.close_turn(db, moved, text, at=at)
    return moved


def answer_to_speak(
    db: Connection, message: Message, text: str, *, by: str | None = None, at: float
) -> Message:
    """GENERATING → SYNTHESIZING: the text is final, and no model is asked again."""
    learned: dict[str, object] = {"answer": text, "answered_by": by or message.answered_by}
    return apply(db, message, Event.ANSWERED_TO_SPEAK, at=at, learned=learned)


def voice_failed(
    db: Connection, message: Message, wording: Wording, reason: str, *, at: float
) -> Message:
    """SYNTHESIZING → REPLIED: the text is the fallback; why is saved, and not told the follower."""
    voices.drop_parts(db, message)
    changes.save_failure(db, message, reason)
    text = message.answer or ""
    moved = _reply_with_text(db, message, Event.VOICE_FAILED, text, wording, at=at)
    if moved.read_to == len(text):  # who was shown all of it was told to come back for the voice
        moved = reading.read_again(db, moved)
    history.close_turn(db, moved, text, at=at)
    return moved


def voice_uploaded(
    db: Connection, message: Message, lent: Lent, said_to: int, *, at: float
) -> Message:
    """SYNTHESIZING → UPLOADED, with the id entered among those that have to be deleted."""
    voices.end_upload(db, lent.name, lent.media_id, delete_at=lent.keep_until)
    learned = {"media_id": lent.media_id, "uploaded_at": at, "voiced_to": said_to}
    return apply(db, message, Event.VOICE_UPLOADED, at=at, learned=learned)


def voice_settled(db: Connection, message: Message, *, at: float) -> Message:
    """UPLOADED → REPLIED with the voice."""
    now = messages.get(db, message.id)
    voices.drop_parts(db, message)
    learned = {
        "reply": message.media_id,
        "reply_kind": "voice",
        "reply_of": message.id,
        "reply_end": message.voiced_to,
        "read_to": common_prefix(now.given, now.readable),
    }
    moved = apply(db, message, Event.VOICE_SETTLED, at=at, learned=learned)
    history.close_turn(db, moved, moved.readable, at=at)
    return moved


def _with_note(text: str, note: str) -> str:
    return f"{text}\n{note}" if note else text


def _reply_with_text(
    db: Connection,
    message: Message,
    event: Event,
    readable: str,
    wording: Wording,
    *,
    by: str | None = None,
    at: float,
) -> Message:
    given = messages.given(db, message.id)
    earlier = reading.unread(db, message, at=at)
    told = reading.told_up_to(db, message, earlier)
    below = told_of(earlier, wording, after=message.id, told=told)
    learned = next_slice(message, readable, 0, wording, below=below) | {
        "answer": readable,
        "answered_by": by or message.answered_by,
        "reply_of": message.id,
        "read_to": common_prefix(given, readable),
        "suggestions": message.suggestions,
    }
    return apply(db, message, event, at=at, learned=learned)


def give_up(
    db: Connection,
    message: Message,
    reason: str,
    apology: str,
    *,
    at: float,
    made_by: str = "server",
) -> Message:
    """Any unfinished state → FAILED; the history is as if the message had never been."""
    history.roll_back(db, message)
    voices.drop_parts(db, message)
    voices.needed_until(db, message.id, at=at)
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
        made_by=made_by,
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
    if TRANSITIONS.get((State(message.state), Event.RETRIED)) is State.RECEIVED:
        history.roll_back(db, message)
        voices.drop_parts(db, message)
        reading.withdraw(db, message)
        learned |= BEGUN_AGAIN | {"given": message.given if message.answer else ""}
    return apply(db, message, Event.RETRIED, at=at, learned=learned, made_by="operator")
