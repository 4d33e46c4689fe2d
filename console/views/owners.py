"""Who works for a follower: the process that owns what is unfinished."""

from dataclasses import dataclass

from store.database import Row
from store.processes import ListedProcess, Process

# Columns and a join for a statement on `followers`; `Owner.of` reads the columns.
COLUMNS = """
    owner, processes.host AS owner_host, processes.pid AS owner_pid,
    processes.started_at AS owner_started_at, alive_until, heard_at
"""
PROCESS = "LEFT JOIN processes ON processes.id = owner"
# Joins for a statement on `messages`.
JOINS = f"JOIN followers ON followers.id = follower_id {PROCESS}"


@dataclass(frozen=True)
class Owner:
    """A process. Its times are None where it has left, or was found dead and taken off the list.

    `here`: it is of this machine, and was asked itself; elsewhere its lease tells whether it is
    `alive`. `overdue`: it should have been heard of again by now.
    """

    id: str
    name: str
    started_at: float | None
    heard_at: float | None
    alive_until: float | None
    here: bool
    alive: bool
    overdue: bool

    @classmethod
    def of(cls, row: Row, at: float) -> "Owner | None":
        """The owner in a row with `COLUMNS`; None where nobody has it."""
        name = row["owner"]
        if name is None:
            return None
        if row["owner_host"] is None:
            return cls(name, name.rpartition("/")[0] or name, None, None, None, False, False, True)
        process = Process(name, row["owner_host"], row["owner_pid"])
        heard_at = row["alive_until"] if row["heard_at"] is None else row["heard_at"]
        listed = ListedProcess(process, row["owner_started_at"], heard_at, row["alive_until"])
        return cls(
            id=name,
            name=process.name,
            started_at=listed.started_at,
            heard_at=heard_at,
            alive_until=listed.alive_until,
            here=process.here,
            alive=listed.lives(at),
            overdue=listed.alive_until <= at,
        )
