"""Writes that nobody waited for and that could not be done: told of once, at the end."""

from settings.announcements import announce, fault
from store.errors import MessageMovedOn, StoreError


class GivenUp:
    """Of one database."""

    def __init__(self) -> None:
        self._writes = 0
        self._why: StoreError | None = None

    def add(self, error: BaseException) -> None:
        """One was given up; a fault in it is told of at once."""
        if not isinstance(error, StoreError):
            fault(error, part="write_soon")
        elif not isinstance(error, MessageMovedOn):  # that is how it goes
            self._writes += 1
            self._why = error

    def tell(self) -> None:
        """How many there were, where there were any."""
        if self._writes:
            announce("writes_given_up", "error", writes=self._writes, reason=self._why)
