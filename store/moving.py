"""All that is stored, from one database into another, of either engine.

It goes page by page, each saved as a whole, so that whoever begins again goes on where it ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from settings.language import said
from store import belonging, key_values
from store.database import Connection, Row
from store.errors import NotMoved

PAGE = 200  # rows


@dataclass(frozen=True)
class MovedTable:
    """One that is moved, and the columns that its rows are told apart by."""

    name: str
    key: tuple[str, ...]

    @property
    def numbered(self) -> bool:
        """Its rows are numbered as they come: what is there up to one is all there up to it."""
        return self.key == ("id",)


# Whom others refer to comes first. Processes do not move: theirs is the database that they serve.
TABLES = (
    *(MovedTable(name, ("id",)) for name in ("followers", "messages", "moves", "tries", "history")),
    MovedTable("voice_parts", ("message_id", "number")),
    MovedTable("pronunciations", ("message_id",)),
    *(MovedTable(name, ("name",)) for name in ("uploads", "cool_downs", "facts")),
    MovedTable("signatures", ("signature",)),
    MovedTable("callback_addresses", ("network",)),
    MovedTable("invites", ("code",)),
)
NUMBERED = tuple(table.name for table in TABLES if table.numbered)


def begin(target: Connection, source: str) -> None:
    """Mark it as being filled from `source`. Raises `NotMoved` where it has something else."""
    begun = key_values.get(target, belonging.BEING_FILLED, at=0.0)
    if begun == (source, belonging.FOR_EVER):
        return
    if begun:
        raise NotMoved(
            said(
                "the database to move to is half filled from {source}: go on with that one, or name"
                " a new one",
                source=begun[0],
            )
        )
    if any(count(target, table) for table in TABLES):
        raise NotMoved(said("the database to move to is not empty: name a new one"))
    key_values.put(target, belonging.BEING_FILLED, source, expires_at=belonging.FOR_EVER)


def end(target: Connection) -> None:
    """All is there: whoever wants may serve it."""
    key_values.forget(target, belonging.BEING_FILLED)


def count(db: Connection, table: MovedTable) -> int:
    """How many rows there are to be moved."""
    row = db.execute(f"SELECT count(*) AS n FROM {table.name}{_but_the_mark(table)}", {}).fetchone()
    return int(row["n"])


def last(db: Connection, table: MovedTable) -> int:
    """Up to which number all rows are there; 0 where they are not numbered."""
    if not table.numbered:
        return 0
    found = db.execute(f"SELECT coalesce(max(id), 0) AS last FROM {table.name}", {}).fetchone()
    return int(found["last"])


def pages(source: Connection, table: MovedTable, *, after: int = 0) -> Iterator[list[Row]]:
    """The rows, in the order of their keys; those that are numbered begin `after` a number."""
    columns = ", ".join(table.key)
    places = ", ".join(f":{column}" for column in table.key)
    begins = {"id": after} if table.numbered else None
    while True:
        where = f"WHERE ({columns}) > ({places})" if begins else ""
        select = f"SELECT * FROM {table.name} {where} ORDER BY {columns} LIMIT {PAGE}"
        rows = source.execute(select, begins or {}).fetchall()
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        begins = {column: rows[-1][column] for column in table.key}


def add(target: Connection, table: MovedTable, rows: list[Row]) -> None:
    """Those that are there already stay as they are."""
    columns = list(dict(rows[0]))
    places = ", ".join(
        f"({', '.join(f':{column}_{number}' for column in columns)})" for number in range(len(rows))
    )
    values = {
        f"{column}_{number}": row[column] for number, row in enumerate(rows) for column in columns
    }
    insert = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {places}"
    target.execute(f"{insert} ON CONFLICT ({', '.join(table.key)}) DO NOTHING", values)


def compare(target: Connection, table: MovedTable, rows: list[Row]) -> None:
    """Raises `NotMoved` where a row is not there as it was."""
    columns = ", ".join(table.key)
    places = ", ".join(
        f"({', '.join(f':{column}_{number}' for column in table.key)})"
        for number in range(len(rows))
    )
    keys = {
        f"{column}_{number}": row[column] for number, row in enumerate(rows) for column in table.key
    }
    select = f"SELECT * FROM {table.name} WHERE ({columns}) IN (VALUES {places})"
    there = {_key(table, row): _told(row) for row in target.execute(select, keys)}
    for row in rows:
        if there.get(_key(table, row)) != _told(row):
            which = ", ".join(str(part) for part in _key(table, row)) if table.numbered else "…"
            raise NotMoved(
                said("{table} {row} is not there as it was", table=table.name, row=which)
            )


def compare_counts(source: Connection, target: Connection, table: MovedTable) -> None:
    """Raises `NotMoved` where there is more than what was moved."""
    if count(source, table) != count(target, table):
        raise NotMoved(said("{table} has other rows beside what was moved", table=table.name))


def _key(table: MovedTable, row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in table.key)


def _told(row: Row) -> dict[str, object]:
    """What a row says; PostgreSQL has no place for the character 0."""
    return {
        name: value.replace("\0", "") if isinstance(value, str) else value
        for name, value in dict(row).items()
    }


def _but_the_mark(table: MovedTable) -> str:
    return f" WHERE name <> '{belonging.BEING_FILLED}'" if table.name == "facts" else ""
