"""A copy of a database in one sound file, made while others write."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from store.errors import NotCopied, StoreDamaged, StoreError, StoreUnavailable
from store.sqlite.errors import named
from store.sqlite.opening import connect
from store.sqlite.soundness import check

WAIT = 5.0  # seconds for whoever holds the whole file


def back_up(source: Path, target: Path) -> int:
    """Copy `source` to the new file `target`, which only its owner may read. Returns its bytes.

    The copy holds what was committed when it began, and nothing of what was erased by then. It
    stops no writer, is checked, and is on the disk before it gets its name. Raises `NotCopied`,
    and `StoreError` for the source.
    """
    if target.exists():
        raise NotCopied(f"{target} exists: name a new file")
    try:
        handle, unfinished = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise NotCopied(f"{target.parent}: {error.strerror}") from error
    try:
        _copy(source, Path(unfinished))
        os.fsync(handle)
        size = os.fstat(handle).st_size
        os.rename(unfinished, target)
        _sync(target.parent)
    except OSError as error:
        raise NotCopied(f"{target}: {error.strerror}") from error
    finally:
        os.close(handle)
        Path(unfinished).unlink(missing_ok=True)
    return size


def _copy(source: Path, unfinished: Path) -> None:
    reading = _opened(source)
    reading.execute("PRAGMA query_only = OFF")  # the copy is written; the file is open to be read
    reading.set_progress_handler(lambda: None, 100_000)  # where Ctrl-C is heard
    try:
        reading.execute("VACUUM INTO ?", (str(unfinished),))
    except sqlite3.Error as error:
        raise _blamed(error, source) from error
    finally:
        reading.close()
    try:
        with closing(connect(unfinished, "ro", wait=WAIT)) as copy:
            check(copy, source)
    except sqlite3.Error as error:
        raise NotCopied(f"the copy cannot be read: {named(error)}") from error


def _blamed(error: sqlite3.Error, source: Path) -> Exception:
    """Whose fault it is that the copy failed: nothing is written but the copy."""
    found = named(error, source)
    if isinstance(found, StoreDamaged) or "SQLITE_BUSY" in str(found):
        return found
    return NotCopied(f"the copy cannot be written: {named(error)}")


def _sync(folder: Path) -> None:
    """Have the name of a new file survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opened(source: Path) -> sqlite3.Connection:
    """For reading only. Raises `StoreError` where there is no database of ours."""
    if not source.is_file():
        raise StoreUnavailable(f"{source}: there is no database")
    try:
        reading = connect(source, "ro", wait=WAIT)
        ours = reading.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    except sqlite3.Error as error:
        found = named(error, source)
        raise found if isinstance(found, StoreError) else StoreUnavailable(str(error)) from error
    if not ours:
        raise StoreDamaged(f"{source}: no database of Huixin")
    return reading
