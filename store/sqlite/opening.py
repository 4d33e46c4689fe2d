"""The one opener: whoever reads or writes the file, does so under the same rules."""

import sqlite3
from pathlib import Path
from typing import Literal

from settings.language import said
from store.errors import StoreDamaged

LOG_KEPT = 4 * 1024 * 1024  # bytes of log that stay a file once they are carried over

PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",  # what is saved survives a power cut
    "secure_delete = ON",  # what is erased leaves the file too, however SQLite was built
    "wal_autocheckpoint = 0",  # see `Checkpoints`; and the last one to close carries all over
    f"journal_size_limit = {LOG_KEPT}",
)


def connect(path: Path, mode: Literal["ro", "rw", "rwc"], *, wait: float) -> sqlite3.Connection:
    """A connection for one thread at a time, which begins and ends its own transactions.

    "ro" reads, "rw" writes what is there, "rwc" makes a database of what is empty. `wait`: seconds
    for a lock that somebody else holds. Raises `sqlite3.Error`, and to others than "rwc"
    `StoreDamaged` for a file that is empty: SQLite would take it for a new one, and throw away the
    log beside it.
    """
    if mode != "rwc" and path.is_file() and not path.stat().st_size:
        raise StoreDamaged(
            said("{path} is empty: restore a backup, or delete it to begin anew", path=path)
        )
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=wait,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    for pragma in (*PRAGMAS, "query_only = ON") if mode == "ro" else PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
