"""A database file made where there is none: it has its name only once it is a database.

So one that is empty has been cut, or written over with nothing.
"""

import os
import tempfile
from contextlib import closing
from pathlib import Path

from store.sqlite.opening import connect
from store.sqlite.privacy import private_folder


def make(path: Path) -> None:
    """Make the file, for its owner alone, and its folders. One that is there stays as it is.

    Raises `OSError`, `sqlite3.Error`.
    """
    private_folder(path.parent)
    if path.exists():
        return  # as somebody made it, who may want others to read it
    handle, begun = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        with closing(connect(Path(begun), "rwc", wait=0)) as connection:
            # Written before anybody else can open it: a change of that kind waits for nobody.
            connection.execute("PRAGMA journal_mode = WAL")
        _give_name(Path(begun), path)
    finally:
        Path(begun).unlink(missing_ok=True)


def _give_name(begun: Path, path: Path) -> None:
    try:
        os.link(begun, path)
    except FileExistsError:
        pass  # somebody else was faster
    except OSError:  # not every file system has links
        begun.rename(path)
