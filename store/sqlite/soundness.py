"""Whether a database file is sound."""

from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, Error

from settings.language import said
from store.errors import StoreDamaged, StoreError, StoreUnavailable
from store.sqlite.errors import named
from store.sqlite.opening import connect

WAIT = 5.0  # seconds for whoever holds the whole file
AT_ONCE = 32_000_000  # bytes of a file that is read at each start: 0.1 s
LEFT_OVER = ("-wal", "-journal")  # beside a file that was not closed, or is open


def check(connection: Connection, path: Path) -> None:
    """Read the whole file, about 3 s for each GB. Raises `StoreDamaged`, or `sqlite3.Error`."""
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        what = found.splitlines()[-1]
        raise StoreDamaged(
            said("{path} is damaged ({what}): restore a backup", path=path, what=what)
        )


def check_file(path: Path) -> None:
    """Read a whole file that servers may be writing to: it stops none. Raises `StoreError`."""
    with closing(opened(path)) as reader:
        try:
            check(reader, path)
        except Error as error:
            raise named(error, path) from error


def opened(path: Path) -> Connection:
    """For reading only. Raises `StoreError` where there is no database of ours."""
    try:
        if not path.is_file():
            raise StoreUnavailable(said("{path}: there is no database", path=path))
        reader = connect(path, "ro", wait=WAIT)
        ours = reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    except (Error, OSError) as error:
        found = named(error, path)
        raise found if isinstance(found, StoreError) else StoreUnavailable(str(error)) from error
    if not ours:
        raise StoreDamaged(said("{path}: no database of Huixin", path=path))
    return reader


def in_use(path: Path) -> bool:
    """Whether somebody has the file open, or had when their process or the machine ended."""
    return any(path.with_name(path.name + end).exists() for end in LEFT_OVER)


def size(path: Path) -> int:
    """The file's bytes; 0 where there is none yet."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
