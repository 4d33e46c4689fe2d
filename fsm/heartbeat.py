"""Keeps this process's lease, buries processes that are dead, and takes up what they left."""

import math

from gevent.event import Event

from fsm import events
from fsm.leases import VOUCHED_FOR, Leases
from fsm.worker import Worker
from store import messages, processes
from store.database import Connection, Database
from store.errors import StoreDamaged, StoreError, StoreGone
from store.messages import Message
from store.processes import Glance, Process

BEAT_EVERY = 1.0  # seconds
LEASE = 20.0  # seconds; longer than the database may be locked: who lives keeps what is theirs
REST = 10.0  # seconds that it is longer, and left alone, where nothing is unfinished here


class Heartbeat:
    """What is unfinished and nobody's becomes this process's, by the worker's `take`.

    `lost` is set when the database file is no good any more: the process has to end.
    `trouble` is what was wrong with the database at the last beat, in words; "" where nothing was.
    """

    name = "heartbeat"
    first_after = BEAT_EVERY  # there was one before anything was served

    def __init__(self, db: Database, worker: Worker, process: Process, leases: Leases) -> None:
        self._db = db
        self._worker = worker
        self._leases = leases
        self._process = process
        self.lost = Event()
        self._missed = 0
        self._others_at = -math.inf
        # Seconds since another process was last seen that lives and serves the database, too.
        self.alone_for = math.inf
        self.trouble = ""

    def run_once(self) -> float:
        """Beat, and tell of it where that fails. Returns the seconds until the next beat."""
        try:
            if not self.lost.is_set():
                self.beat()
                self._works_again()
        except (StoreGone, StoreDamaged) as error:
            self.give_up(error)
        except StoreError as error:
            self._missed += 1
            self.trouble = str(error)
            events.no_heartbeat(error)
        return BEAT_EVERY

    def give_up(self, error: StoreError) -> None:
        """The database was deleted, replaced, or found to be damaged: see `lost`."""
        if not self.lost.is_set():
            events.database_gone(error)
            self.lost.set()

    def _works_again(self) -> None:
        if self._missed:
            events.database_works_again(self._missed)
        self._missed, self.trouble = 0, ""

    def leave(self) -> None:
        """What is unfinished here is anybody's at once."""
        try:
            self._db.write(processes.bury, self._process)
        except StoreError as error:
            events.not_saved(error)

    def beat(self) -> int:
        """Be alive, and take up what is nobody's. Raises `StoreError`.

        Returns how many messages were taken up. Where there is nothing to do, nothing is written.
        """
        self._db.check_place()
        at = self._db.clock()
        seen = self._db.read(processes.glance, self._process, at=at)
        self._look_at(seen, at)
        dead = [other.process for other in seen.others if not other.process.running]
        alive = self._leases.lapsed_by_a_step(seen, at=at)
        held = self._worker.unsettled()
        busy = bool(held or seen.work)
        if not (dead or alive or busy or self.trouble) and _lasts(seen, at):
            self._leases.beaten([], at=at)
            return 0
        lease = LEASE if busy else LEASE + REST
        mine = self._db.write(self._renew, dead, alive, at=at, lease=lease)
        self._leases.beaten(alive, at=at)
        for other in dead:
            events.process_died(other.id)
        taken = self._take_up(mine)
        if missing := {message.id for message in held} - {message.id for message in mine}:
            self._account_for(missing)
        return taken

    def _look_at(self, seen: Glance, at: float) -> None:
        self._worker.alone = not seen.others
        now = self._db.steady()
        if any(other.lives(at) for other in seen.others):
            self._others_at = now
        self.alone_for = now - self._others_at

    def _renew(
        self, db: Connection, dead: list[Process], alive: list[Process], *, at: float, lease: float
    ) -> list[Message]:
        """Returns every unfinished message that is this process's by then."""
        processes.beat(db, self._process, at=at, lease=lease)
        for other in dead:
            processes.bury(db, other)
        for other in alive:
            processes.vouch(db, other, until=at + VOUCHED_FOR)
        return processes.adopt(db, self._process, at=at)

    def _take_up(self, mine: list[Message]) -> int:
        orphans = [message for message in mine if self._worker.progress(message.id) is None]
        for message in mine:
            self._worker.take(message, resumed=True)
        return len(orphans)

    def _account_for(self, missing: set[int]) -> None:
        """What is worked on here and not ours to finish any more: settled, taken over or erased."""
        found = self._db.read(messages.get_all, list(missing))
        for message in found:
            if message.settled:
                self._worker.heed(message)
            else:  # after a standstill that outlasted the lease
                self._worker.let_go(message)
        for message_id in missing - {message.id for message in found}:
            self._worker.drop(message_id)


def _lasts(seen: Glance, at: float) -> bool:
    """Whether the lease need not be renewed yet. A longer one than ours: the clock was put back."""
    return LEASE < seen.alive_until - at <= LEASE + REST
