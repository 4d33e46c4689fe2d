"""PostgreSQL as `store.opening` asks of each engine: what it has its own programs for, it names."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

from settings.language import said
from store import moving
from store.database import Connection, Database
from store.errors import NotCopied, StoreUnavailable
from store.place import Url
from store.postgresql import clock, visiting


class PostgresEngine:
    """The database at the address `url`."""

    def __init__(self, url: Url) -> None:
        self._url = url

    def open(self, *, checked: bool = False) -> Database:
        from store.postgresql.database import PostgresDatabase  # with libraries of a server

        return PostgresDatabase(self._url.text)

    def looking(self) -> AbstractContextManager[Connection]:
        return visiting.looking(self._url.text)

    def changing(self) -> AbstractContextManager[Connection]:
        return visiting.changing(self._url.text)

    def now(self, db: Connection) -> float:
        return clock.now(db)

    def last_numbers(self, db: Connection) -> dict[str, int]:
        select = """
            SELECT coalesce(last_value, 0) AS last FROM pg_sequences
             WHERE schemaname = current_schema() AND sequencename = :name
        """
        rows = {
            table: db.execute(select, {"name": f"{table}_id_seq"}).fetchone()
            for table in moving.NUMBERED
        }
        return {table: int(row["last"]) for table, row in rows.items()}

    def number_after(self, db: Connection, last: dict[str, int]) -> None:
        for table, number in last.items():
            if number:
                keys = {"table": table, "number": number}
                db.execute("SELECT setval(pg_get_serial_sequence(:table, 'id'), :number)", keys)

    def back_up(self, target: Path) -> NoReturn:
        raise NotCopied(
            said(
                "PostgreSQL has its own way: pg_dump --format=custom --file={target} {where}",
                target=target,
                where=self._url,
            )
        )

    def restore(self, backup: Path, *, at: float) -> NoReturn:
        raise NotCopied(
            said(
                "PostgreSQL has its own way: stop all servers, then pg_restore --clean"
                " --if-exists --dbname={where} {backup}",
                where=self._url,
                backup=backup,
            )
        )

    def check(self) -> NoReturn:
        raise StoreUnavailable(
            said("PostgreSQL has its own way: pg_amcheck --heapallindexed {where}", where=self._url)
        )
