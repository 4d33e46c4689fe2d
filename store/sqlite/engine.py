"""SQLite as `store.opening` asks of each engine: a file of ours, beside one process or many."""

import time
from contextlib import AbstractContextManager
from pathlib import Path

from store import moving
from store.database import Connection, Database
from store.place import Restored
from store.sqlite import copying, restoring, soundness, visiting

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


class SqliteEngine:
    """The database in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, *, checked: bool = False) -> Database:
        from store.sqlite.database import SqliteDatabase  # with libraries that only a server needs

        return SqliteDatabase(self._path, migrations=MIGRATIONS, checked=checked)

    def looking(self) -> AbstractContextManager[Connection]:
        return visiting.looking(self._path, MIGRATIONS)

    def changing(self) -> AbstractContextManager[Connection]:
        return visiting.changing(self._path, MIGRATIONS)

    def now(self, db: Connection) -> float:
        return time.time()

    def last_numbers(self, db: Connection) -> dict[str, int]:
        last = {
            row["name"]: int(row["seq"]) for row in db.execute("SELECT * FROM sqlite_sequence", {})
        }
        return {table: last.get(table, 0) for table in moving.NUMBERED}

    def number_after(self, db: Connection, last: dict[str, int]) -> None:
        for table, number in last.items():
            keys = {"name": table, "number": number}
            update = "UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = :name"
            if not db.execute(update, keys).rowcount:
                db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)", keys)

    def back_up(self, target: Path) -> int:
        return copying.back_up(self._path, target)

    def restore(self, backup: Path, *, at: float) -> Restored:
        return restoring.restore(self._path, backup, MIGRATIONS, at=at)

    def check(self) -> int:
        soundness.check_file(self._path)
        return soundness.size(self._path)
