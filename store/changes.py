"""How a stored message changes while it is worked on: its moves, and what is noted beside them."""

from settings.language import said
from store.database import Connection
from store.errors import MessageMovedOn
from store.messages import Message

# The message is still where it was last seen, and the operator has not touched it since.
AS_SEEN = "id = :id AND state = :last_seen AND operator_moves = :operator_moves"
LEARNED = frozenset(
    {
        "question",
        "partial",
        "given",
        "answer",
        "answered_by",
        "media_id",
        "uploaded_at",
        "reply",
        "reply_kind",
        "shows",
        "reply_of",
        "reply_end",
        "read_to",
        "voiced_to",
        "settled_at",
        "failure",
        "take_ups",
        "resume_at",
        "tells",
        "put_away",
        "suggestions",
        "hands_over",
        "refused",
        "refused_by",
    }
)


def move(
    db: Connection,
    message: Message,
    event: str,
    to_state: str,
    *,
    at: float,
    learned: dict[str, object],
    by_operator: bool = False,
) -> Message:
    """Move a message that is still where the caller last saw it, and write it in the log of moves.

    `learned` gives columns of `LEARNED` their values. Raises `MessageMovedOn` where the message is
    in another state by now, erased, or the operator's.
    """
    if unknown := learned.keys() - LEARNED:
        raise TypeError(f"no such column: {', '.join(sorted(unknown))}")
    assignments = "".join(f", {column} = :{column}" for column in learned)
    if by_operator:
        assignments += ", operator_moves = operator_moves + 1"
    keys = _as_seen(message) | {"to_state": to_state}
    now = f"state = :to_state{assignments}"
    moved = _update(db, message, now, learned | keys, moved_by=event)
    record = """
        INSERT INTO moves (message_id, at, from_state, event, to_state, made_by)
        VALUES (:id, :at, :last_seen, :event, :to_state, :made_by)
    """
    made_by = "operator" if by_operator else "server"
    db.execute(record, keys | {"at": at, "event": event, "made_by": made_by})
    return moved


def _as_seen(message: Message) -> dict[str, object]:
    return {"id": message.id, "last_seen": message.state, "operator_moves": message.operator_moves}


def _update(
    db: Connection,
    message: Message,
    assignments: str,
    keys: dict[str, object],
    *,
    moved_by: str = "",
) -> Message:
    update = f"UPDATE messages SET {assignments} WHERE {AS_SEEN}"
    updated = db.execute(update, keys | _as_seen(message))
    # SQLite takes twice as long for all that with RETURNING.
    row = db.execute("SELECT * FROM messages WHERE id = :id", {"id": message.id}).fetchone()
    if not updated.rowcount:
        raise MessageMovedOn(
            said(
                "message {number} is no longer {state} as it was",
                number=message.id,
                state=message.state,
            )
        )
    return Message.of(row, moved_by=moved_by)


def model_called(db: Connection, message: Message, model: str) -> None:
    """Count a call of a model, by its name, before it is made, unless the message has moved on.

    What an earlier call had brought is void.
    """
    counted = "model_calls = model_calls + 1, called = called || :line, partial = '', given = ''"
    keys = _as_seen(message) | {"line": f"{model}\n"}
    db.execute(f"UPDATE messages SET {counted} WHERE {AS_SEEN}", keys)


def save_failure(db: Connection, message: Message, reason: str) -> None:
    """Save what went wrong with a message that ends well all the same."""
    keys = {"id": message.id, "reason": reason}
    db.execute("UPDATE messages SET failure = :reason WHERE id = :id", keys)


def checkpoint(db: Connection, message: Message, partial: str) -> None:
    """Save the words that the model has written so far, unless the message has moved on."""
    update = f"UPDATE messages SET partial = :partial WHERE {AS_SEEN}"
    db.execute(update, _as_seen(message) | {"partial": partial})


def take_up(db: Connection, message: Message, *, pause: float, at: float) -> Message:
    """Count that a message is taken up again, and how long the next time would have to wait.

    Both are in seconds. Raises `MessageMovedOn`.
    """
    assignments = "take_ups = take_ups + 1, resume_at = :resume_at"
    return _update(db, message, assignments, {"resume_at": at + pause})
