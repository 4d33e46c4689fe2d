"""The processes that serve one database, and which of them a follower's messages belong to.

A process lives as long as its lease (`alive_until`), which its heartbeat moves on. A follower whose
messages are all settled belongs to nobody in particular: the process that gets the next one may
have it.
"""

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from store.database import Connection
from store.messages import IN_TURN, UNFINISHED, Message


@dataclass(frozen=True)
class Process:
    """One process: `id` is never used twice, not even by a process that gets the same `pid`."""

    id: str
    host: str
    pid: int

    @classmethod
    def current(cls) -> "Process":
        host, pid = socket.gethostname(), os.getpid()
        return cls(f"{host}/{pid}/{_started(pid)}{_boot()}", host, pid)

    @property
    def name(self) -> str:
        """What an operator knows it by."""
        return f"{self.host}/{self.pid}"

    @property
    def here(self) -> bool:
        """Whether it is of this machine, which can tell whether it runs.

        Machines that were copied have one name, but each has started by itself.
        """
        ours = self.id.count("/") < 3 or self.id.endswith(_boot())
        return self.host == socket.gethostname() and ours

    @property
    def running(self) -> bool:
        """Whether it still runs, as far as this machine can tell."""
        if not self.here:
            return True  # only its lease can tell
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return self.id.removesuffix(_boot()) == f"{self.host}/{self.pid}/{_started(self.pid)}"


@cache
def _boot() -> str:
    """What this start of the machine is known by, after a slash; "" where nothing tells."""
    try:
        return "/" + Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did.

    "-" where the system has no /proc, "" where only its end has yet to be noticed by its parent.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "-"
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def beat(db: Connection, process: Process, *, at: float, lease: float) -> None:
    """Be alive for `lease` seconds more."""
    upsert = """
        INSERT INTO processes (id, host, pid, started_at, heard_at, alive_until)
        VALUES (:id, :host, :pid, :at, :at, :until)
        ON CONFLICT (id) DO UPDATE
           SET alive_until = excluded.alive_until, heard_at = excluded.heard_at
    """
    who = {"id": process.id, "host": process.host, "pid": process.pid}
    db.execute(upsert, who | {"at": at, "until": at + lease})


def vouch(db: Connection, process: Process, *, until: float) -> None:
    """Have another process count as alive until then, though nothing was heard of it."""
    update = "UPDATE processes SET alive_until = :until WHERE id = :id"
    db.execute(update, {"id": process.id, "until": until})


@dataclass(frozen=True)
class ListedProcess:
    """A process that is on the list: it has not left, and nobody has found it dead."""

    process: Process
    started_at: float  # seconds since 1970, as the others
    heard_at: float
    alive_until: float  # the end of its lease

    def lives(self, at: float) -> bool:
        """On its own host the process itself is asked; elsewhere its lease tells."""
        return self.process.running and (self.process.here or self.alive_until > at)


def listed(db: Connection) -> list[ListedProcess]:
    """All of them, the longest-lived first."""
    select = """
        SELECT id, host, pid, started_at, coalesce(heard_at, alive_until) AS heard_at, alive_until
          FROM processes ORDER BY started_at, id
    """
    return [
        ListedProcess(
            Process(row["id"], row["host"], row["pid"]),
            row["started_at"],
            row["heard_at"],
            row["alive_until"],
        )
        for row in db.execute(select, {})
    ]


def alive(db: Connection, *, at: float) -> int:
    """How many of them live."""
    return sum(process.lives(at) for process in listed(db))


def leads(db: Connection, process: Process, *, at: float) -> bool:
    """Whether this is the one that does what only one has to do: the longest-lived of all."""
    select = """
        SELECT id FROM processes WHERE alive_until > :now OR id = :id
         ORDER BY started_at, id LIMIT 1
    """
    first = db.execute(select, {"now": at, "id": process.id}).fetchone()
    return first is None or first["id"] == process.id


def bury(db: Connection, dead: Process) -> None:
    """Take a process that runs no more off the list; what it owned is free at once."""
    db.execute("DELETE FROM processes WHERE id = :id", {"id": dead.id})


ORPHANED = """
    (owner IS NULL OR owner <> :me AND NOT EXISTS (
        SELECT 1 FROM processes WHERE processes.id = followers.owner AND alive_until > :now))
"""
FREE = f"(owner = :me OR {ORPHANED})"


@dataclass(frozen=True)
class Glance:
    """What tells a process whether there is anything for it to write."""

    alive_until: float  # its own lease, in seconds since 1970; 0 where it is not on the list
    others: list[ListedProcess]  # all that have not been buried
    work: bool  # something is unfinished that is its own, or of no process that lives


def glance(db: Connection, process: Process, *, at: float) -> Glance:
    """Look at the processes, and whether `adopt` would find anything."""
    known = {one.process.id: one for one in listed(db)}
    me = known.pop(process.id, None)
    work = f"""
        SELECT 1 FROM messages JOIN followers ON followers.id = follower_id
         WHERE {UNFINISHED} AND {FREE} LIMIT 1
    """
    return Glance(
        alive_until=me.alive_until if me else 0.0,
        others=list(known.values()),
        work=db.execute(work, {"me": process.id, "now": at}).fetchone() is not None,
    )


def claim(db: Connection, message: Message, process: Process, *, new: bool, at: float) -> bool:
    """Whether the follower of an unfinished message belongs to this process from now on.

    Not so where a living process has something unfinished of the follower: a new message joins it.
    """
    others_work = f"""
        EXISTS (SELECT 1 FROM messages
                 WHERE follower_id = :follower_id AND {UNFINISHED} AND messages.id <> :id)
    """
    free = f"({FREE} OR NOT {others_work})" if new else FREE
    update = f"UPDATE followers SET owner = :me WHERE id = :follower_id AND {free}"
    keys = {"me": process.id, "now": at, "follower_id": message.follower_id, "id": message.id}
    return db.execute(update, keys).rowcount > 0


def owns(db: Connection, process: Process, follower_id: int) -> bool:
    """Whether a follower belongs to this process."""
    select = "SELECT 1 FROM followers WHERE id = :id AND owner = :me"
    return db.execute(select, {"id": follower_id, "me": process.id}).fetchone() is not None


def adopt(db: Connection, process: Process, *, at: float) -> list[Message]:
    """Take over the followers who have something unfinished and no living owner.

    Returns every unfinished message that is this process's by then, a follower's in its turn.
    """
    update = f"""
        UPDATE followers SET owner = :me
         WHERE id IN (
            SELECT id FROM followers
             WHERE id IN (SELECT follower_id FROM messages WHERE {UNFINISHED}) AND {ORPHANED}
            /*! ORDER BY id FOR UPDATE SKIP LOCKED */)
    """
    db.execute(update, {"me": process.id, "now": at})
    select = f"""
        SELECT messages.* FROM messages JOIN followers ON followers.id = follower_id
         WHERE {UNFINISHED} AND owner = :me ORDER BY {IN_TURN}
    """
    return [Message.of(row) for row in db.execute(select, {"me": process.id})]


def unfinished_of(db: Connection, process: Process, follower_id: int) -> list[Message]:
    """What a follower of this process has unfinished, in its turn."""
    select = f"""
        SELECT * FROM messages WHERE follower_id = :follower_id AND {UNFINISHED}
           AND EXISTS (SELECT 1 FROM followers WHERE id = :follower_id AND owner = :me)
         ORDER BY {IN_TURN}
    """
    keys = {"follower_id": follower_id, "me": process.id}
    return [Message.of(row) for row in db.execute(select, keys)]
