"""That the whole database is still to be read, to see whether it is sound.

Owed since an end that was not in order; whoever starts next knows of it, until it is done.
"""

import math
from typing import Literal

from store import key_values
from store.database import Connection

OWED = "check of the database"

Why = Literal["unclean end", "found damaged"]


def owe(db: Connection, why: Why) -> None:
    """Have it done; what was found damaged is looked at before anything else is served."""
    key_values.put(db, OWED, why, expires_at=math.inf)


def owed(db: Connection) -> str | None:
    """Why it is to be done; None where it is not."""
    found = key_values.get(db, OWED, at=0.0)
    return found[0] if found else None


def done(db: Connection) -> None:
    """The file was read, and is sound."""
    key_values.forget(db, OWED)
