"""Messages that another process works on: their tries here are told when it has settled them."""

import gevent
from gevent.event import Event

from fsm import events
from fsm.progress import Progress
from store import messages
from store.database import Database
from store.errors import StoreError

AT_MOST_EVERY = 0.02  # seconds: what is saved at short intervals is read together


class OtherProcesses:
    """A part of the background, which reads the awaited messages anew whenever something was saved,
    as long as a try waits."""

    name = "other_processes"
    first_after = 0.0

    def __init__(self, db: Database) -> None:
        self._db = db
        self._awaited: set[Progress] = set()
        self._changed = Event()

    def watch(self, progress: Progress) -> Progress:
        """Tell its tries when it settles; `forget` it when the last of them has ended."""
        self._awaited.add(progress)
        self._changed.set()  # it may be settled by now
        return progress

    def forget(self, progress: Progress) -> None:
        """Look no longer for a message that nobody here waits for."""
        if progress in self._awaited and not progress.has_open_tries:
            self._awaited.discard(progress)
            self._changed.set()

    def run_once(self) -> float:
        """Sleep until a try waits, and read for as long as one does. Returns no pause."""
        if not self._awaited:
            self._changed.wait()
        self._read_while_awaited()
        self._changed.clear()
        return 0.0

    def _read_while_awaited(self) -> None:
        with self._db.watch(self._changed):
            while self._awaited:
                self._changed.clear()
                self._read()
                gevent.sleep(AT_MOST_EVERY)
                self._changed.wait()

    def _read(self) -> None:
        awaited = list(self._awaited)  # who comes while they are read is not among those found
        try:
            ids = {progress.message.id for progress in awaited}
            found = self._db.read(messages.get_all, list(ids))
        except StoreError as error:
            events.not_read(error)
            return
        now = {message.id: message for message in found}
        for progress in awaited:
            if message := now.get(progress.message.id):
                progress.found(message)
            else:
                progress.gone()
