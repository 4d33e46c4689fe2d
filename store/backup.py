"""Copy the database of Huixin into one file, also while the server runs.

    python -m store.backup backups/monday.db

Exit codes: 0 done, 1 the copy could not be made, 2 wrong usage, 3 no sound database to copy.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from store.errors import StoreDamaged, StoreError, StoreUnavailable, named
from store.soundness import check

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"

DONE, NOT_MADE, WRONG_USAGE, NO_DATABASE = range(4)


class NotCopied(Exception):
    """The copy could not be made; what stood there before still does."""


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
    try:
        reading.execute("VACUUM INTO ?", (str(unfinished),))
    except sqlite3.Error as error:
        raise _blamed(error, source) from error
    finally:
        reading.close()
    copy = sqlite3.connect(unfinished)
    try:
        check(copy, source)
    except sqlite3.Error as error:
        raise NotCopied(f"the copy cannot be read: {named(error)}") from error
    finally:
        copy.close()


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
        reading = sqlite3.connect(
            f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None
        )
        ours = reading.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    except sqlite3.Error as error:
        found = named(error, source)
        raise found if isinstance(found, StoreError) else StoreUnavailable(str(error)) from error
    if not ours:
        raise StoreDamaged(f"{source}: no database of Huixin")
    return reading


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what went wrong is one line on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m store.backup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, metavar="PATH", help="the file to make")
    parser.add_argument("--db", type=Path, help="the database, instead of the settings' store.path")
    parser.add_argument("--config", type=Path, default=CONFIG, help="the settings")
    options = parser.parse_args(words)
    try:
        source = options.db or _configured(options.config)
        size = back_up(source, options.target)
    except ValueError as error:
        return _say(error, WRONG_USAGE)
    except NotCopied as error:
        return _say(error, NOT_MADE)
    except StoreError as error:
        return _say(error, NO_DATABASE)
    print(f"{options.target}: {size} bytes, checked")
    return DONE


def _configured(config: Path) -> Path:
    """Where the settings say that the database is. Raises `ValueError`."""
    from integrations.settings import SettingsError, load  # slow, and only needed here

    try:
        return load(config, os.environ).store.path
    except SettingsError as error:
        first = str(error).splitlines()[0]
        raise ValueError(f"{first}; or name the database: --db PATH") from error


def _say(error: Exception, code: int) -> int:
    print(f"backup: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
