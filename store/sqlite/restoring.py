"""A backup put in the place of a database, with nothing left beside it that belongs to another."""

import fcntl
import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from settings.language import said
from store import processes
from store.errors import NotCopied, SchemaTooOld, StoreDamaged, StoreInUse
from store.place import Restored
from store.processes import ListedProcess
from store.sqlite.copying import copied, sync
from store.sqlite.errors import named
from store.sqlite.opening import connect
from store.sqlite.visiting import compare

WAIT = 1.0  # seconds for whoever reads at this moment

# What SQLite keeps beside a file that somebody had open; in it may be what was saved last.
LOGS = ("-wal", "-journal")
INDEX = "-shm"  # of the log; made anew
# The bytes of a file that SQLite locks while it has it open: "File Locking And Concurrency".
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510


def restore(path: Path, backup: Path, migrations: Path, *, at: float) -> Restored:
    """Put a copy of `backup` in the place of the database `path`, which is kept under another name.

    At each moment the one or the other is there, whole. `migrations` is the folder of numbered
    scripts, `at` is now, in seconds since 1970. Raises `StoreInUse` where somebody has the database
    open, `StoreError` for the backup, and `NotCopied` where the disk does not do it: what stood
    there before still does.
    """
    path = path.resolve()  # what a link leads to
    if path.exists() and backup.exists() and path.samefile(backup):
        raise NotCopied(said("{backup} is the database itself: name a backup", backup=backup))
    _refuse_in_use(path, at)
    try:
        with copied(backup, path) as copy:
            _refuse_newer(copy, migrations)
            _give_to_owner(copy, path)
            aside = _put_aside(path, at)
            os.replace(copy, path)
            sync(path.parent)
            return Restored(path, path.stat().st_size, aside)
    except OSError as error:
        raise NotCopied(f"{path}: {error.strerror}") from error


def _refuse_in_use(path: Path, at: float) -> None:
    """Ask the processes that say they serve it, and the system for anybody else."""
    if not path.exists():
        return
    for server in _servers(path):
        if server.lives(at):
            raise StoreInUse(f"{path}: {_in_words(server, at)}")
    try:
        with path.open("rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
    except BlockingIOError:
        raise StoreInUse(
            said("{path}: a program has it open: stop the server first", path=path)
        ) from None
    except OSError as error:
        raise NotCopied(f"{path}: {error.strerror}") from error


def _servers(path: Path) -> list[ListedProcess]:
    """Those that are on the list of a database that can be read."""
    try:
        with closing(connect(path, "ro", wait=WAIT)) as connection:
            return processes.listed(connection)
    except (sqlite3.Error, StoreDamaged):
        return []


def _in_words(server: ListedProcess, at: float) -> str:
    process = server.process
    if process.here:
        return said("the server {name} runs on it: stop it first", name=process.name)
    heard, left = at - server.heard_at, server.alive_until - at
    return said(
        "the server {name}, on another host, was heard of {heard:.0f} s ago: stop it first; if it"
        " is dead, try again in {left:.0f} s",
        name=process.name,
        heard=heard,
        left=left,
    )


def _refuse_newer(copy: Path, migrations: Path) -> None:
    """What is older, the server brings to its version. Raises `SchemaTooNew`."""
    with closing(connect(copy, "ro", wait=WAIT)) as connection, suppress(SchemaTooOld):
        compare(connection, migrations, copy)


def _give_to_owner(copy: Path, path: Path) -> None:
    """Where root restores, the server's user has to be able to open it."""
    owner = (path if path.exists() else path.parent).stat()
    if os.geteuid() == 0:
        os.chown(copy, owner.st_uid, owner.st_gid)


def _put_aside(path: Path, at: float) -> Path | None:
    """Give the database that is there another name too, and take its log with it.

    Returns that name, None where there was nothing.
    """
    aside = _free_name(path, at)
    there = path.exists()
    if there:
        if path.stat().st_size:  # of one that was cut the log is all there is: it stays as it is
            _fold_in(path)
        _name_too(path, aside)
    for end in LOGS:
        log = Path(f"{path}{end}")
        if log.exists():
            there = True
            log.rename(f"{aside}{end}")
    Path(f"{path}{INDEX}").unlink(missing_ok=True)
    return aside if there else None


def _free_name(path: Path, at: float) -> Path:
    stem = f"{path}.aside-{time.strftime('%Y%m%d-%H%M%S', time.localtime(at))}"
    names = (Path(stem if number == 1 else f"{stem}-{number}") for number in range(1, 1000))
    return next(name for name in names if not name.exists())


def _fold_in(path: Path) -> None:
    """Carry the log over into the file, and have none. One that is damaged keeps its log.

    Raises `StoreInUse` where somebody opened it meanwhile.
    """
    try:
        with closing(connect(path, "rw", wait=WAIT)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if "SQLITE_BUSY" in str(named(error)):
            raise StoreInUse(
                said("{path}: a program has it open: stop the server first", path=path)
            ) from error


def _name_too(path: Path, aside: Path) -> None:
    """A second name for the same file, so that the first is there until it is replaced."""
    try:
        os.link(path, aside)
    except OSError:  # not every file system has links
        path.rename(aside)
