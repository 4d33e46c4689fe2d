"""What was said: the turns that a follower's next question is asked with."""

from dataclasses import dataclass

from store.database import Connection, Row
from store.errors import MessageMovedOn
from store.messages import Message


def open_turn(
    db: Connection,
    message: Message,
    *,
    session_seconds: float,
    asked: str = "",
    lesson: str | None = None,
    ends_lesson: bool = False,
) -> None:
    """Write the follower's turn down. A silence before it, or a lesson's topic, opens a session.

    One that ends a lesson is the last of its session, however long the silence before it. What is
    `asked` stands in the place of what the follower said.
    """
    known = "SELECT session, lesson, persona, spoke_at FROM followers WHERE id = :id"
    was = db.execute(known, {"id": message.follower_id}).fetchone()
    at = message.arrived_at
    silent = was["spoke_at"] is not None and at - was["spoke_at"] > session_seconds
    opens = lesson is not None or (silent and not ends_lesson)
    session = was["session"] + int(opens)
    in_lesson = lesson if opens else was["lesson"]
    update = """
        UPDATE followers SET session = :session, lesson = :lesson, spoke_at = :spoke_at
         WHERE id = :follower_id
    """
    keys = {
        "follower_id": message.follower_id,
        "session": session + int(ends_lesson),
        "lesson": lesson if opens or ends_lesson else was["lesson"],
        "spoke_at": max(at, was["spoke_at"] or at),
    }
    db.execute(update, keys)
    insert = """
        INSERT INTO history (follower_id, message_id, session, role, text,
                             was_session, was_lesson, was_spoke_at,
                             in_lesson, ends_lesson, in_persona)
        VALUES (:follower_id, :message_id, :session, 'user', :text,
                :was_session, :was_lesson, :was_spoke_at, :in_lesson, :ends_lesson, :in_persona)
    """
    turn = {
        "follower_id": message.follower_id,
        "message_id": message.id,
        "session": session,
        "text": asked or message.question,
        "in_lesson": in_lesson,
        "ends_lesson": int(ends_lesson),
        "in_persona": was["persona"],
    }
    before = {f"was_{name}": was[name] for name in ("session", "lesson", "spoke_at")}
    db.execute(insert, turn | before)


def close_turn(db: Connection, message: Message, text: str, *, at: float) -> None:
    """Write the assistant's turn down, in the session of the question."""
    # SQLite makes a table for what is inserted where it is selected from the same one.
    asked = "SELECT session FROM history WHERE message_id = :id AND role = 'user'"
    insert = """
        INSERT INTO history (follower_id, message_id, session, role, text)
        VALUES (:follower_id, :id, :session, 'assistant', :text)
    """
    if turn := db.execute(asked, {"id": message.id}).fetchone():
        said = {"follower_id": message.follower_id, "id": message.id, "text": text}
        db.execute(insert, said | dict(turn))
    update = "UPDATE followers SET spoke_at = :at WHERE id = :follower_id"
    db.execute(update, {"at": at, "follower_id": message.follower_id})


def roll_back(db: Connection, message: Message) -> None:
    """A message that failed leaves no trace: neither its turn, nor the session that it opened.

    Where its follower has begun another one since, that stays.
    """
    before = """
        SELECT was_session, was_lesson, was_spoke_at
          FROM history JOIN followers ON followers.id = history.follower_id
         WHERE message_id = :id AND role = 'user' AND was_session IS NOT NULL
           AND (ends_lesson IS NULL OR followers.session = history.session + ends_lesson)
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


def lesson_of(db: Connection, follower_id: int) -> str | None:
    """The topic of the lesson that a follower is in; None: in none."""
    row = db.execute("SELECT lesson FROM followers WHERE id = :id", {"id": follower_id}).fetchone()
    return None if row is None else row["lesson"]


Turn = dict[str, str]  # its role and its content


@dataclass(frozen=True)
class Session:
    """What a message was said in: a lesson's topic, and what its follower chose, where they did."""

    lesson: str | None
    level: str | None
    persona: str | None
    ends_lesson: bool  # the message is the last of its lesson


def turns(
    db: Connection, message: Message, *, last: int, characters: int
) -> tuple[list[Turn], Session]:
    """What the message is asked with, and the session that it is of.

    At most `last` turns of the message's session, its own at the end; a follower's comes first.
    With the question they have at most that many characters, as long as there is more than the
    question: the oldest leave first, a question always with its answer. Each is
    `{"role": "user" | "assistant", "content": text}`. Raises `MessageMovedOn` where the message
    has no turn any more.
    """
    select = """
        SELECT said.role, said.text, asked.session, asked.was_lesson,
               asked.in_lesson, asked.ends_lesson, asked.in_persona,
               followers.session AS session_now, lesson, level, persona
          FROM history AS asked
          JOIN followers ON followers.id = asked.follower_id
          JOIN history AS said
            ON said.follower_id = asked.follower_id AND said.session = asked.session
         WHERE asked.message_id = :id AND asked.role = 'user'
         ORDER BY said.id DESC LIMIT :last
    """
    rows = db.execute(select, {"id": message.id, "last": last}).fetchall()[::-1]
    if not rows:
        raise MessageMovedOn(f"message {message.id} has no turn in the history")
    said = newest(rows[:-1], room=characters - len(rows[-1]["text"]))
    turns = [{"role": row["role"], "content": row["text"]} for row in [*said, rows[-1]]]
    return turns, _session(rows[-1])


def said_in(db: Connection, message: Message) -> Session:
    """What a message was said in: its turn's session, or where it has none its follower's now."""
    select = """
        SELECT asked.session, asked.was_lesson,
               asked.in_lesson, asked.ends_lesson, asked.in_persona,
               followers.session AS session_now, lesson, level, persona
          FROM followers
          LEFT JOIN history AS asked ON asked.message_id = :id AND asked.role = 'user'
         WHERE followers.id = :follower_id
    """
    keys = {"id": message.id, "follower_id": message.follower_id}
    row = db.execute(select, keys).fetchone()
    return _session(row) if row else Session(None, None, None, False)


def _session(turn: Row) -> Session:
    if turn["ends_lesson"] is not None:
        ends = bool(turn["ends_lesson"])
        return Session(turn["in_lesson"], turn["level"], turn["in_persona"], ends)
    # Of a turn from before that was noted, or of no turn at all.
    ended = turn["session"] is not None and turn["session_now"] > turn["session"]
    lesson = turn["was_lesson"] if ended else turn["lesson"]
    ends_lesson = ended and lesson is not None
    return Session(lesson, turn["level"], turn["persona"], ends_lesson)


def newest(said: list[Row], *, room: int) -> list[Row]:
    """Of what was said, oldest first, the newest that fits; it begins with a follower's turn."""
    room -= sum(len(row["text"]) for row in said)
    while said and (room < 0 or said[0]["role"] == "assistant"):
        room += len(said[0]["text"])
        said = said[1:]
    return said
