"""Who works for a follower: the process that owns what is unfinished."""

from dataclasses import dataclass

from store.database import Row

# Columns and joins for a statement on `messages`; `Owner.of` reads the columns.
COLUMNS = "owner, processes.started_at AS owner_started_at, alive_until"
JOINS = """
    JOIN followers ON followers.id = follower_id
    LEFT JOIN processes ON processes.id = owner
"""


@dataclass(frozen=True)
class Owner:
    """A process. Its times are None where it has left, or was found dead and taken off the list."""

    id: str
    started_at: float | None
    alive_until: float | None
    alive: bool

    @classmethod
    def of(cls, row: Row, at: float) -> "Owner | None":
        """The owner in a row with `COLUMNS`; None where nobody has it."""
        if row["owner"] is None:
            return None
        until = row["alive_until"]
        alive = until is not None and until > at
        return cls(row["owner"], row["owner_started_at"], until, alive)
