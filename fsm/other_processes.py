"""Messages that another process works on: the store tells their tries here when they settle."""

import logging

import gevent
from gevent.event import Event

from fsm.progress import Progress
from store import messages
from store.database import Database
from store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_EVERY = 0.05  # seconds; SQLite tells no other process of a commit


class OtherProcesses:
    """Looks at the store as long as somebody here waits for a message of another process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._awaited: set[Progress] = set()
        self._somebody_waits = Event()
        self._watch = gevent.spawn(self._look)

    def watch(self, progress: Progress) -> Progress:
        """Tell its tries when it settles; `forget` it when the last of them has ended."""
        self._awaited.add(progress)
        self._somebody_waits.set()
        return progress

    def forget(self, progress: Progress) -> None:
        """Look no longer for a message that nobody here waits for."""
        if not progress.being_read:
            self._awaited.discard(progress)

    def stop(self) -> None:
        """Look no more."""
        self._watch.kill()

    def _look(self) -> None:
        while True:
            if not self._awaited:
                self._somebody_waits.clear()
                self._somebody_waits.wait()
            gevent.sleep(LOOK_EVERY)
            try:
                ids = {progress.message.id for progress in self._awaited}
                found = self._db.read(messages.get_all, list(ids))
            except StoreError as error:
                log.error("event=not_read reason=%s", error)
                continue
            now = {message.id: message for message in found}
            for progress in list(self._awaited):
                if message := now.get(progress.message.id):
                    progress.text, progress.given = message.partial, message.given
                    progress.moved(message)
