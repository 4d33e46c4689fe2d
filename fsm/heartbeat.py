"""Keeps this process's lease, buries processes that are dead, and takes up what they left."""

import logging

import gevent
from gevent.event import Event

from fsm.worker import Worker
from store import messages, processes
from store.database import Database
from store.errors import StoreError, StoreGone
from store.processes import Process

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0  # seconds
LEASE = 20.0  # seconds; longer than the database may be locked: who lives keeps what is theirs


class Heartbeat:
    """What is unfinished and nobody's becomes this process's, by the worker's `take`.

    `lost` is set when the database file was deleted or replaced: the process has to end.
    """

    def __init__(self, db: Database, worker: Worker, process: Process) -> None:
        self._db = db
        self._worker = worker
        self._process = process
        self.lost = Event()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> int:
        """Beat from now on. Returns how many messages were taken up. Raises `StoreError`."""
        taken = self._beat()
        self._greenlet = gevent.spawn(self._beat_on)
        return taken

    def stop(self) -> None:
        """Leave: what is unfinished here is anybody's at once."""
        if self._greenlet:
            self._greenlet.kill()
        try:
            self._db.write(processes.bury, self._process)
        except StoreError as error:
            log.error("event=not_saved reason=%s", error)

    def _beat_on(self) -> None:
        missed = 0
        while not self.lost.is_set():
            gevent.sleep(BEAT_EVERY)
            try:
                self._beat()
            except StoreGone as error:
                log.critical("event=database_gone reason=%s", error)
                self.lost.set()
            except StoreError as error:
                missed += 1
                log.error("event=no_heartbeat reason=%s", error)
            else:
                if missed:
                    log.warning("event=database_works_again beats_missed=%d", missed)
                missed = 0

    def _beat(self) -> int:
        self._db.check_place()
        at = self._db.clock()
        self._db.write(processes.beat, self._process, at=at, lease=LEASE)
        for other in self._db.read(processes.others, self._process):
            if not other.running:
                self._db.write(processes.bury, other)
                log.warning("event=process_died id=%s", other.id)
        held = self._worker.unsettled()
        mine = self._db.write(processes.adopt, self._process, at=at)
        orphans = [m for m in mine if self._worker.progress(m.id) is None]
        for message in mine:
            self._worker.take(message, resumed=True)
        if missing := {message.id for message in held} - {message.id for message in mine}:
            self._account_for(missing)
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
