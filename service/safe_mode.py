"""Whether the official account is in safe mode: by the settings, or because it has shown."""

import math

from fsm import events
from settings.announcements import announce
from store import key_values
from store.database import Database
from store.errors import StoreError

SAFE_MODE = "safe mode"


class SafeMode:
    """Once it holds, nobody gets in by leaving the encryption away.

    That is for good, also after a restart, and for each process on the same database. `account` is
    its name among several.
    """

    def __init__(self, db: Database, account: str = "", *, declared: bool) -> None:
        self._db = db
        self._account = account
        self._stored_as = f"{SAFE_MODE} of {account}" if account else SAFE_MODE
        self._holds = declared

    def holds(self) -> bool:
        """Whether open pushes are refused. Asked of the store until it is known."""
        if not self._holds:
            try:
                self._holds = bool(self._db.read(key_values.get, self._stored_as, at=0.0))
            except StoreError as error:  # nor can a push be stored, then
                events.not_read(error)
        return self._holds

    def seen(self) -> None:
        """A sealed push came without its open twin. Seeing it twice is harmless.

        It holds once it is saved: what only this process knew, a restart would forget.
        """
        if self._holds:
            return
        try:
            self._db.write(key_values.put, self._stored_as, "seen", expires_at=math.inf)
        except StoreError as error:  # the next push shows it again
            events.not_saved(error)
            return
        if not self._holds:  # others may have come meanwhile
            self._holds = True
            announce("safe_mode_seen", account=self._account or None)
