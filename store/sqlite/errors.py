"""The errors of the driver, named as the store names them."""

from pathlib import Path

from settings.language import Sentence, said, translated
from store.errors import DiskFull, StoreDamaged, StoreLocked, StoreUnavailable

LOCKED = Sentence("another process holds the database locked")
ADVICE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": Sentence("the disk is full: free some space"),
    "SQLITE_READONLY": Sentence("the database is read-only: give the server the right to write it"),
    "SQLITE_CANTOPEN": Sentence("the database cannot be opened: look at the folder and its rights"),
    "SQLITE_IOERR": Sentence("the disk does not read or write"),
}
KINDS = {"SQLITE_BUSY": StoreLocked, "SQLITE_LOCKED": StoreLocked, "SQLITE_FULL": DiskFull}
DAMAGED = "SQLITE_CORRUPT"


def named(exc: Exception, path: Path | None = None) -> Exception:
    """The error of ours for one of the driver's; a broken rule of the schema stays itself.

    SQLite says by a `MemoryError` that it could not have memory.
    """
    where = f" ({path})" if path else ""
    if isinstance(exc, OSError):
        why = translated(exc.strerror or type(exc).__name__)
        if isinstance(exc, PermissionError | FileNotFoundError | NotADirectoryError):
            why = f"{ADVICE['SQLITE_CANTOPEN']}: {why}"
        return StoreUnavailable(why + where)
    if isinstance(exc, MemoryError):
        return StoreUnavailable(said("there is not enough memory") + where)
    name: str = getattr(exc, "sqlite_errorname", None) or type(exc).__name__
    if name.startswith("SQLITE_NOTADB"):
        return StoreDamaged(
            said(
                "{name}: no SQLite database{where}: name another file; if this was one, restore"
                " a backup",
                name=name,
                where=where,
            )
        )
    if name.startswith(DAMAGED):
        return StoreDamaged(
            said(
                "{name}: not a sound SQLite database{where}: restore a backup",
                name=name,
                where=where,
            )
        )
    for family, advice in ADVICE.items():
        if name.startswith(family):
            return KINDS.get(family, StoreUnavailable)(f"{name}: {advice}{where}")
    return exc
