"""The numbers that rows are given as they come: none is ever given twice."""

from collections.abc import Iterable

from store.database import Connection


def last(db: Connection, tables: Iterable[str]) -> dict[str, int]:
    """The last one that was given in each of the tables."""
    select = """
        SELECT coalesce(last_value, 0) AS last FROM pg_sequences
         WHERE schemaname = current_schema() AND sequencename = :name
    """
    rows = {table: db.execute(select, {"name": f"{table}_id_seq"}).fetchone() for table in tables}
    return {table: int(row["last"]) for table, row in rows.items()}


def go_on_after(db: Connection, numbers: dict[str, int]) -> None:
    """Give none of those again."""
    for table, number in numbers.items():
        if number:
            keys = {"table": table, "number": number}
            db.execute("SELECT setval(pg_get_serial_sequence(:table, 'id'), :number)", keys)
