"""What is stored of one follower, for that follower."""

from dataclasses import dataclass, field

from store.database import Connection, Row

MOST_TURNS = 1000  # that are looked at for an export


@dataclass(frozen=True)
class Stored:
    """How many messages there are, and since when: seconds since 1970."""

    messages: int
    since: float


@dataclass(frozen=True)
class Utterance:
    """What one side said; `at` is when the follower asked, also of the answer.

    A follower who tapped or scanned something has said nothing: "".
    """

    role: str
    text: str = field(repr=False)
    at: float


def stored(db: Connection, follower_id: int) -> Stored:
    """How much there is; of a follower who has sent something."""
    select = """
        SELECT count(*) AS messages, min(arrived_at) AS since FROM messages
         WHERE follower_id = :follower_id
    """
    row = db.execute(select, {"follower_id": follower_id}).fetchone()
    return Stored(row["messages"], row["since"])


def conversation(
    db: Connection, follower_id: int, *, characters: int
) -> tuple[list[Utterance], bool]:
    """The newest of what was said that has at most so many characters, and whether it is all.

    In order, of all sessions; it begins with a follower's turn. That is what they said, not what
    an operator's rule asked the model in its place, as the history has it.
    """
    select = """
        SELECT role, CASE role WHEN 'user' THEN question ELSE text END AS text, arrived_at
          FROM history
          JOIN messages ON messages.id = history.message_id
         WHERE history.follower_id = :follower_id
         ORDER BY session DESC, history.id DESC LIMIT :most
    """
    keys = {"follower_id": follower_id, "most": MOST_TURNS}
    rows = db.execute(select, keys).fetchall()
    newest = _newest(rows, characters)
    while newest and newest[-1]["role"] == "assistant":
        newest.pop()
    turns = [Utterance(row["role"], row["text"], row["arrived_at"]) for row in reversed(newest)]
    return turns, len(newest) == len(rows) < MOST_TURNS


def _newest(rows: list[Row], room: int) -> list[Row]:
    for number, row in enumerate(rows):
        room -= len(row["text"])
        if room < 0 and number:  # the newest alone may be longer
            return rows[:number]
    return list(rows)
