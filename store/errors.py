"""What can go wrong with the database, named for what happened.

- `StoreError`: `retryable` says whether the same work may succeed later
  - `StoreUnavailable`: the file cannot be used just now (locked, full, read-only, missing)
  - `StoreDamaged`: the file is no SQLite database, or a broken one
  - `StoreGone`: the file was deleted or replaced while it was open
  - `SchemaTooNew`: a newer Huixin has been here
  - `MessageMovedOn`: somebody else moved, or erased, the message first
"""


class StoreError(Exception):
    """Something is wrong with the database. `comes_often`: the log need not say it each time."""

    retryable = False
    comes_often = False


class StoreUnavailable(StoreError):
    """The database cannot be used just now; the same work may succeed later."""

    retryable = True
    comes_often = True


class StoreDamaged(StoreError):
    """The file is no SQLite database, or a broken one: restore a backup."""

    comes_often = True


class StoreGone(StoreError):
    """The file was deleted or replaced: what is written now, nobody will read."""


class SchemaTooNew(StoreError):
    """The database was made by a newer version of Huixin."""


class MessageMovedOn(StoreError):
    """The message is no longer where it was last seen: somebody else moved or erased it."""
