"""A copy of a database in one sound file, made while others write."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from store.errors import NotCopied, StoreDamaged, StoreError, StoreUnavailable
from store.sqlite.errors import named
from store.sqlite.opening import connect
from store.sqlite.soundness import check

WAIT = 5.0  # seconds for whoever holds the whole file


def back_up(source: Path, target: Path) -> int:
    """Copy `source` to the new file `target`, which only its owner may read. Returns its bytes.

    The copy holds what was committed when it began, and nothing of what was erased by then. It
    stops no writer, is checked, and is on the disk before it gets its name. A folder that is not
    there is made. Raises `NotCopied`, and `StoreError` for the source.
    """
    if target.exists():
        raise NotCopied(f"{target} exists: name a new file")
    try:
        with copied(source, target) as copy:
            size = copy.stat().st_size
            os.rename(copy, target)
            sync(target.parent)
    except OSError as error:
        raise NotCopied(f"{target}: {error.strerror}") from error
    return size


@contextmanager
def copied(source: Path, target: Path) -> Iterator[Path]:
    """A checked copy of `source` on the disk of `target`, to be renamed to it within the block.

    It is gone after the block unless it was. Raises `NotCopied`, `OSError`, and `StoreError` for
    the source.
    """
    reading = _opened(source)
    try:
        handle, unfinished = _begun(target)
        try:
            _copy(reading, source, Path(unfinished))
            os.fsync(handle)
            yield Path(unfinished)
        finally:
            os.close(handle)
            Path(unfinished).unlink(missing_ok=True)
    finally:
        reading.close()


def _begun(target: Path) -> tuple[int, str]:
    """A file beside `target`, open, and its name."""
    try:
        private_folder(target.parent)
        return tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise NotCopied(f"{target.parent}: {error.strerror}") from error


def private_folder(folder: Path) -> None:
    """Make a folder, and those that lead to it, where they are not there: for their owner only."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _copy(reading: sqlite3.Connection, source: Path, unfinished: Path) -> None:
    reading.execute("PRAGMA query_only = OFF")  # the copy is written; the file is open to be read
    reading.set_progress_handler(lambda: None, 100_000)  # where Ctrl-C is heard
    try:
        reading.execute("VACUUM INTO ?", (str(unfinished),))
    except sqlite3.Error as error:
        raise _blamed(error, source) from error
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


def sync(folder: Path) -> None:
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
