"""Whom a follower has chosen to talk to, and at which level their lessons are."""

from store.database import Connection
from store.messages import Message


def choose_persona(db: Connection, follower_id: int, name: str) -> None:
    """Keep who answers a follower from now on."""
    update = "UPDATE followers SET persona = :name WHERE id = :id"
    db.execute(update, {"id": follower_id, "name": name})


def persona_of(db: Connection, follower_id: int) -> str | None:
    """Who answers a follower, by name; None: they chose nobody."""
    row = db.execute("SELECT persona FROM followers WHERE id = :id", {"id": follower_id}).fetchone()
    return None if row is None else row["persona"]


def talks_to(db: Connection, message: Message, *, lesson_lasts: float) -> tuple[str | None, bool]:
    """Whom a message's follower has chosen, and whether it is said in a lesson, to the teacher.

    A lesson is over after a silence of more than `lesson_lasts` seconds.
    """
    select = "SELECT persona, lesson, spoke_at FROM followers WHERE id = :id"
    row = db.execute(select, {"id": message.follower_id}).fetchone()
    if row is None:
        return None, False
    silence = message.arrived_at - (row["spoke_at"] or message.arrived_at)
    return row["persona"], row["lesson"] is not None and silence <= lesson_lasts


def choose_level(db: Connection, follower_id: int, level: str) -> None:
    """Keep the level of a follower's lessons."""
    update = "UPDATE followers SET level = :level WHERE id = :id"
    db.execute(update, {"id": follower_id, "level": level})


def level_of(db: Connection, follower_id: int) -> str | None:
    """The level of a follower's lessons; None: they chose none."""
    row = db.execute("SELECT level FROM followers WHERE id = :id", {"id": follower_id}).fetchone()
    return None if row is None else row["level"]
