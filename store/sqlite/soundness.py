"""Whether a database file is sound, and whether it is still the one that was opened."""

from pathlib import Path
from sqlite3 import Connection

from store.errors import StoreDamaged, StoreGone

Place = tuple[int, int]  # device and inode


def check(connection: Connection, path: Path) -> None:
    """Read the whole file, about 3 s for each GB. Raises `StoreDamaged`, or `sqlite3.Error`."""
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise StoreDamaged(f"{path} is damaged ({found.splitlines()[-1]}): restore a backup")


def megabytes(path: Path) -> float:
    """How large the file is; 0 where there is none yet."""
    try:
        return path.stat().st_size / 1e6
    except OSError:
        return 0.0


def place(path: Path) -> Place:
    """Where the file is now; another file of the same name has another place. Raises `OSError`."""
    found = path.stat()
    return found.st_dev, found.st_ino


def check_place(path: Path, opened: Place) -> None:
    """Raises `StoreGone` where the path leads to another file by now, or to none."""
    try:
        now = place(path)
    except (FileNotFoundError, NotADirectoryError):
        raise StoreGone(f"{path} was deleted or moved away") from None
    except OSError:
        return  # which says nothing about the file
    if now != opened:
        raise StoreGone(f"{path} was replaced by another file")
