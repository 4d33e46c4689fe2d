"""Which official accounts come to which account of the settings, where there are several.

Whoever has the token of one could sign a push that names another one, and its followers.
"""

from collections.abc import Collection

from store import belonging
from store.database import Database

REMEMBERED = 100  # an account has one, and another where it was replaced


class OriginalIds:
    """The original ids (`gh_…`) that are those of `account`, one of all that are `served`."""

    def __init__(self, db: Database, account: str, served: Collection[str]) -> None:
        self._db = db
        self._account = account
        self._served = served
        self._ours: set[str] = set()

    def check(self, original_id: str) -> None:
        """The first time, have it be ours. Raises `OfAnotherAccount`, or another `StoreError`."""
        if len(self._served) < 2 or original_id in self._ours:
            return
        account, served = self._account, self._served
        self._db.write(belonging.tie, original_id, account=account, served=served)
        if len(self._ours) >= REMEMBERED:
            self._ours.clear()
        self._ours.add(original_id)
