"""What was said: the turns that a follower's next question is asked with."""

from store.database import Connection, Row
from store.errors import MessageMovedOn
from store.messages import Message


def open_turn(
    db: Connection, message: Message, *, session_seconds: float, lesson: str | None = None
) -> None:
    """Write the follower's turn down. A silence before it, or a lesson's topic, opens a session."""
    known = "SELECT session, lesson, spoke_at FROM followers WHERE id = :id"
    was = db.execute(known, {"id": message.follower_id}).fetchone()
    at = message.arrived_at
    silent = was["spoke_at"] is not None and at - was["spoke_at"] > session_seconds
    opens = lesson is not None or silent
    session = was["session"] + int(opens)
    update = """
        UPDATE followers SET session = :session, lesson = :lesson, spoke_at = :spoke_at
         WHERE id = :follower_id
    """
    keys = {
        "follower_id": message.follower_id,
        "session": session,
        "lesson": lesson if opens else was["lesson"],
        "spoke_at": max(at, was["spoke_at"] or at),
    }
    db.execute(update, keys)
    insert = """
        INSERT INTO history (follower_id, message_id, session, role, text,
                             was_session, was_lesson, was_spoke_at)
        VALUES (:follower_id, :message_id, :session, 'user', :text,
                :was_session, :was_lesson, :was_spoke_at)
    """
    turn = {
        "follower_id": message.follower_id,
        "message_id": message.id,
        "session": session,
        "text": message.question,
        "was_session": was["session"],
        "was_lesson": was["lesson"],
        "was_spoke_at": was["spoke_at"],
    }
    db.execute(insert, turn)


def close_turn(db: Connection, message: Message, text: str, *, at: float) -> None:
    """Write the assistant's turn down, in the session of the question."""
    insert = """
        INSERT INTO history (follower_id, message_id, session, role, text)
        SELECT follower_id, message_id, session, 'assistant', :text
          FROM history WHERE message_id = :id AND role = 'user'
    """
    db.execute(insert, {"id": message.id, "text": text})
    update = "UPDATE followers SET spoke_at = :at WHERE id = :follower_id"
    db.execute(update, {"at": at, "follower_id": message.follower_id})


def roll_back(db: Connection, message: Message) -> None:
    """A message that failed leaves no trace: neither its turn, nor the session that it opened."""
    before = """
        SELECT was_session, was_lesson, was_spoke_at FROM history
         WHERE message_id = :id AND role = 'user' AND was_session IS NOT NULL
    """
    if was := db.execute(before, {"id": message.id}).fetchone():
        put_back = """
            UPDATE followers SET session = :was_session, lesson = :was_lesson,
                                 spoke_at = :was_spoke_at
             WHERE id = :follower_id
        """
        db.execute(put_back, dict(was) | {"follower_id": message.follower_id})
    db.execute("DELETE FROM history WHERE message_id = :id", {"id": message.id})


def start_anew(db: Connection, follower_id: int) -> None:
    """The follower's next question knows nothing of what was said."""
    update = "UPDATE followers SET session = session + 1, lesson = NULL WHERE id = :id"
    db.execute(update, {"id": follower_id})


Turns = list[dict[str, str]]


def turns(
    db: Connection, message: Message, *, last: int, characters: int
) -> tuple[Turns, str | None]:
    """What the message is asked with, and the topic of its session, where that is a lesson.

    At most `last` turns of the message's session, its own at the end; a follower's comes first.
    With the question they have at most that many characters, as long as there is more than the
    question: the oldest leave first, a question always with its answer. Each is
    `{"role": "user" | "assistant", "content": text}`. Raises `MessageMovedOn` where the message
    has no turn any more.
    """
    select = """
        SELECT role, text, (SELECT lesson FROM followers WHERE id = :follower_id) AS lesson
          FROM history
         WHERE follower_id = :follower_id
           AND session = (SELECT session FROM history WHERE message_id = :id AND role = 'user')
         ORDER BY id DESC LIMIT :last
    """
    keys = {"follower_id": message.follower_id, "id": message.id, "last": last}
    rows = db.execute(select, keys).fetchall()[::-1]
    if not rows:
        raise MessageMovedOn(f"message {message.id} has no turn in the history")
    said = newest(rows[:-1], room=characters - len(rows[-1]["text"]))
    turns = [{"role": row["role"], "content": row["text"]} for row in [*said, rows[-1]]]
    return turns, rows[-1]["lesson"]


def newest(said: list[Row], *, room: int) -> list[Row]:
    """Of what was said, oldest first, the newest that fits; it begins with a follower's turn."""
    room -= sum(len(row["text"]) for row in said)
    while said and (room < 0 or said[0]["role"] == "assistant"):
        room += len(said[0]["text"])
        said = said[1:]
    return said
