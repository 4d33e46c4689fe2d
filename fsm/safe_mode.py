"""Whether the official account turned out to be in safe mode, also after a restart."""

import logging
import math

from store import facts
from store.database import Database

log = logging.getLogger(__name__)

SAFE_MODE = "safe mode"


def known(db: Database) -> bool:
    """Whether it has been seen. Raises `StoreError`."""
    return bool(db.read(facts.get, SAFE_MODE, at=0.0))


def seen(db: Database) -> None:
    """From now on nobody gets in by leaving the encryption away."""
    log.info("event=safe_mode_seen")
    db.write_soon(facts.put, SAFE_MODE, "seen", expires_at=math.inf)
