"""A part of the background that removes what is past its time, a little at a time."""

from functools import partial

import gevent

from settings.announcements import announce
from store import expired
from store.database import Database
from store.errors import StoreError

EVERY = 60.0  # seconds
BREATH = 0.2  # seconds between two pieces, in which others write


class Sweeper:
    """Finished messages are kept `keep_days`; everything else knows its own time.

    `keep_addresses`: the list of WeChat's addresses is in use.
    """

    name = "sweeper"
    first_after = 0.0

    def __init__(self, db: Database, *, keep_days: float, keep_addresses: bool) -> None:
        self._db = db
        self._remove = partial(expired.remove, keep_days=keep_days, keep_addresses=keep_addresses)

    def run_once(self) -> float:
        """Sweep, and tell of it. Returns the seconds until the next time."""
        try:
            if gone := self.sweep():
                announce("swept", rows=gone)
        except StoreError as error:
            announce("not_swept", "error", reason=error)
        return EVERY

    def sweep(self) -> int:
        """Remove everything that is past its time. Returns how many rows went.

        Raises `StoreError`.
        """
        gone = 0
        while piece := self._db.write(self._remove, at=self._db.clock()):
            gone += piece
            gevent.sleep(BREATH)
        return gone
