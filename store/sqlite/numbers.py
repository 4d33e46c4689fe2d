"""The numbers that rows are given as they come: none is ever given twice."""

from collections.abc import Iterable

from store.database import Connection


def last(db: Connection, tables: Iterable[str]) -> dict[str, int]:
    """The last one that was given in each of the tables."""
    given = {
        row["name"]: int(row["seq"]) for row in db.execute("SELECT * FROM sqlite_sequence", {})
    }
    return {table: given.get(table, 0) for table in tables}


def go_on_after(db: Connection, numbers: dict[str, int]) -> None:
    """Give none of those again."""
    for table, number in numbers.items():
        keys = {"name": table, "number": number}
        update = "UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = :name"
        if not db.execute(update, keys).rowcount:
            db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)", keys)
