"""`python -m store.backup` as an operator runs it, and what may have become of the database."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.conftest import ROOT
from tests.forking import ran


def back_up(*words: object, files: str = "unlimited") -> subprocess.CompletedProcess[str]:
    """`files` is how large a file may grow, in blocks of 512 bytes."""
    command = ["-m", "store.backup", *map(str, words)]
    if files == "unlimited":
        return ran(*command)
    limited = ["sh", "-c", f'ulimit -f {files}; exec "$@"', "sh", sys.executable, *command]
    return subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, timeout=30)


def restore(*words: object, files: str = "unlimited") -> subprocess.CompletedProcess[str]:
    return back_up("--restore", *words, files=files)


def spoil(database: Path) -> None:
    """Overwrite the middle of the file, as a dying disk would."""
    with database.open("r+b") as file:
        size = os.path.getsize(database)
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 4)


SERVE_AND_DIE = """
import os, sqlite3, sys
from store import key_values, processes
from store.processes import Process
db = sqlite3.connect(sys.argv[1])
db.row_factory = sqlite3.Row
db.execute("PRAGMA journal_mode = WAL")
processes.beat(db, Process.current(), at=0, lease=1e12)
key_values.put(db, "what", sys.argv[2], expires_at=1e12)
db.commit()
os._exit(9)
"""


def killed_having_saved(database: Path, what: str) -> None:
    """A server that was killed: what it saved is in the log beside the file, and it is listed."""
    assert ran("-c", SERVE_AND_DIE, str(database), what).returncode == 9
    assert Path(f"{database}-wal").stat().st_size, "not in the file itself yet"


def saved(database: Path) -> str:
    """What `killed_having_saved` saved there last, in a sound database."""
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [value] = db.execute("SELECT value FROM facts WHERE name = 'what'").fetchone()
        return str(value)
