"""What can go wrong with the database, named for what happened.

- `StoreError`: `retryable` says whether the same work may succeed later
  - `StoreUnavailable`: it cannot be used just now (locked, read-only, missing)
    - `DiskFull`: there is no room for what was to be saved
    - `StoreLocked`: another process holds it for itself
    - `StoreAway`: its server does not answer, as when it restarts
    - `DatabaseMissing`: there is none, where only a server makes one
    - `SchemaTooOld`: no server of this version has been here yet
  - `StoreDamaged`: what is there is no database of this engine, or broken
  - `StoreGone`: the file was deleted, replaced or written over while it was open
  - `StoreInUse`: somebody has it open, where nobody may
  - `SchemaTooNew`: a newer Huixin has been here
  - `StoreOfAnotherMode`, `StoreOfAnotherAccount`: it is in use, and not by this one
  - `MessageMovedOn`: somebody else moved, or erased, the message first
  - `NotProven`: a push is signed, and yet not what it says it is: `Replayed`, `OfAnotherAccount`
- `NotMoved`: what is in one database could not be brought into another
- `NotCopied`: a backup could not be made, or not put in place; the database is as it was
"""

from settings.language import said


class StoreError(Exception):
    """Something is wrong with the database. `comes_often`: the log need not say it each time."""

    retryable = False
    comes_often = False


class StoreUnavailable(StoreError):
    """The database cannot be used just now; the same work may succeed later."""

    retryable = True
    comes_often = True


class DiskFull(StoreUnavailable):
    """There is no room on the disk for what was to be saved."""


class StoreLocked(StoreUnavailable):
    """Another process holds the database locked."""


class StoreAway(StoreUnavailable):
    """The server of the database cannot be reached, or starts or stops just now."""


class DatabaseMissing(StoreUnavailable):
    """There is no such database."""


class SchemaTooOld(StoreUnavailable):
    """The database has not been opened by a server of this version yet."""


class StoreDamaged(StoreError):
    """What is there is no database of this engine, or a broken one: restore a backup."""

    comes_often = True


class StoreGone(StoreError):
    """The file was deleted or replaced: what is written now, nobody will read."""


class StoreInUse(StoreError):
    """A server, or another program, has the database open."""


class SchemaTooNew(StoreError):
    """The database was made by a newer version of Huixin, which knows a `script` more."""

    def __init__(self, script: str) -> None:
        super().__init__(
            said(
                "a newer Huixin has used the database, with {script}, which this one does not have:"
                " update Huixin on this host",
                script=script,
            )
        )


class StoreOfAnotherMode(StoreError):
    """The sandbox was started on what `live` uses, or the other way round."""


class StoreOfAnotherAccount(StoreError):
    """The messages are those of another official account."""


class MessageMovedOn(StoreError):
    """The message is no longer where it was last seen: somebody else moved or erased it."""


class NotProven(StoreError):
    """A push is signed, and yet not what it says it is."""


class Replayed(NotProven):
    """The signature was used before: for another message, or too long ago."""


class OfAnotherAccount(NotProven):
    """It names an official account that another account of the settings serves."""


class NotMoved(Exception):
    """It is not all in the other database, or not as it was; the first one stays as it is."""


class NotCopied(Exception):
    """The copy could not be made; what stood there before still does."""
