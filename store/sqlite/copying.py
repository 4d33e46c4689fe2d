"""A copy of a database in one sound file, made while others write."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from settings.language import said
from store.errors import NotCopied, StoreDamaged
from store.sqlite.errors import named
from store.sqlite.opening import connect
from store.sqlite.privacy import private_folder
from store.sqlite.soundness import WAIT, check, opened


def back_up(source: Path, target: Path) -> int:
    """Copy `source` to the new file `target`, which only its owner may read. Returns its bytes.

    The copy holds what was committed when it began, and nothing of what was erased by then. It
    stops no writer, is checked, and is on the disk before it gets its name. A folder that is not
    there is made. Raises `NotCopied`, and `StoreError` for the source.
    """
    if target.exists():
        raise NotCopied(said("{path} exists: name a new file", path=target))
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
    reader = opened(source)
    try:
        handle, unfinished = _begun(target)
        try:
            _copy(reader, source, Path(unfinished))
            os.fsync(handle)
            yield Path(unfinished)
        finally:
            os.close(handle)
            Path(unfinished).unlink(missing_ok=True)
    finally:
        reader.close()


def _begun(target: Path) -> tuple[int, str]:
    """A file beside `target`, open, and its name."""
    try:
        private_folder(target.parent)
        return tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise NotCopied(f"{target.parent}: {error.strerror}") from error


def _copy(reader: sqlite3.Connection, source: Path, unfinished: Path) -> None:
    reader.execute("PRAGMA query_only = OFF")  # the copy is written; the file is open to be read
    reader.set_progress_handler(lambda: None, 100_000)  # where Ctrl-C is heard
    try:
        reader.execute("VACUUM INTO ?", (str(unfinished),))
    except sqlite3.Error as error:
        raise _blamed(error, source) from error
    try:
        with closing(connect(unfinished, "ro", wait=WAIT)) as copy:
            check(copy, source)
    except sqlite3.Error as error:
        raise NotCopied(said("the copy cannot be read: {why}", why=named(error))) from error


def _blamed(error: sqlite3.Error, source: Path) -> Exception:
    """Whose fault it is that the copy failed: nothing is written but the copy."""
    found = named(error, source)
    if isinstance(found, StoreDamaged) or "SQLITE_BUSY" in str(found):
        return found
    return NotCopied(said("the copy cannot be written: {why}", why=named(error)))


def sync(folder: Path) -> None:
    """Have the name of a new file survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
