"""The moves from a question to its answer: a text, or a voice with the text as the fallback."""

from dataclasses import replace

from fsm.moves.reading_on import next_slice, what_waits
from fsm.text.slices import common_prefix
from fsm.text.wording import Wording
from fsm.transitions import MoveEvent, apply
from store import changes, history, messages, unread, voices
from store.database import Connection
from store.messages import Message, ReplyKind
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
    moved = apply(db, message, MoveEvent.PICKED_UP, at=at, learned={"question": message.question})
    history.open_turn(
        db,
        moved,
        asked=asked,
        session_seconds=session_seconds,
        lesson=lesson,
        ends_lesson=ends_lesson,
    )
    return moved


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
    moved = _reply_with_text(db, message, MoveEvent.ANSWERED, readable, wording, by=by, at=at)
    history.close_turn(db, moved, text, at=at)
    return moved


def answer_to_speak(
    db: Connection, message: Message, text: str, *, by: str | None = None, at: float
) -> Message:
    """GENERATING → SYNTHESIZING: the text is final, and no model is asked again."""
    learned: dict[str, object] = {"answer": text, "answered_by": by or message.answered_by}
    return apply(db, message, MoveEvent.ANSWERED_TO_SPEAK, at=at, learned=learned)


def say_aloud(db: Connection, message: Message, words: str, *, at: float) -> Message:
    """RECEIVED → SYNTHESIZING with words of the follower's own: nothing of it is in the history."""
    return apply(db, message, MoveEvent.TO_BE_SAID, at=at, learned={"answer": words})


def voice_failed(
    db: Connection, message: Message, wording: Wording, reason: str, *, at: float
) -> Message:
    """SYNTHESIZING → REPLIED: the text is the fallback; why is saved, and not told the follower."""
    voices.drop_parts(db, message)
    changes.save_failure(db, message, reason)
    text = message.answer or ""
    moved = _reply_with_text(db, message, MoveEvent.VOICE_FAILED, text, wording, at=at)
    if moved.read_to == len(text):  # who was shown all of it was told to come back for the voice
        moved = unread.read_again(db, moved)
    history.close_turn(db, moved, text, at=at)
    return moved


def voice_uploaded(
    db: Connection, message: Message, lent: Lent, said_to: int, *, at: float
) -> Message:
    """SYNTHESIZING → UPLOADED, with the id entered among those that have to be deleted."""
    voices.end_upload(db, lent.name, lent.media_id, delete_at=lent.keep_until)
    learned = {"media_id": lent.media_id, "uploaded_at": at, "voiced_to": said_to}
    return apply(db, message, MoveEvent.VOICE_UPLOADED, at=at, learned=learned)


def voice_settled(db: Connection, message: Message, *, at: float) -> Message:
    """UPLOADED → REPLIED with the voice."""
    now = messages.get(db, message.id)
    voices.drop_parts(db, message)
    learned = {
        "reply": message.media_id,
        "reply_kind": ReplyKind.VOICE,
        "reply_of": message.id,
        "reply_end": message.voiced_to,
        "read_to": common_prefix(now.given, now.readable),
    }
    moved = apply(db, message, MoveEvent.VOICE_SETTLED, at=at, learned=learned)
    history.close_turn(db, moved, moved.readable, at=at)
    return moved


def _with_note(text: str, note: str) -> str:
    return f"{text}\n{note}" if note else text


def _reply_with_text(
    db: Connection,
    message: Message,
    event: MoveEvent,
    readable: str,
    wording: Wording,
    *,
    by: str | None = None,
    at: float,
) -> Message:
    given = messages.given(db, message.id)
    earlier = unread.collectable(db, message, at=at)
    told = unread.told_up_to(db, message) if earlier else 0
    below = what_waits(earlier, wording, after=message.id, told=told)
    learned = next_slice(message, readable, 0, wording, below=below) | {
        "answer": readable,
        "answered_by": by or message.answered_by,
        "reply_of": message.id,
        "read_to": common_prefix(given, readable),
        "suggestions": message.suggestions,
    }
    return apply(db, message, event, at=at, learned=learned)
