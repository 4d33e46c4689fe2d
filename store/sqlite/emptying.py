"""What was erased stands in the log until that is emptied; nothing of it is in the file itself."""

from collections.abc import Callable
from sqlite3 import Connection, Error

WAITS = 200  # milliseconds at most for others, who cannot write meanwhile; then it is tried again


def tell_of_erasures(connection: Connection, tell: Callable[[], None]) -> None:
    """Have `tell` called within each transaction that erases a follower or a message."""
    connection.create_function("tell_of_erasure", 0, tell)
    for table in ("followers", "messages"):
        connection.execute(
            f"CREATE TEMP TRIGGER {table}_erased AFTER DELETE ON main.{table}"
            " BEGIN SELECT tell_of_erasure(); END"
        )


def give_back(connection: Connection) -> bool:
    """Carry all over, and give the log's room back to the disk. Returns whether that went well."""
    waits = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {WAITS}")
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except (Error, MemoryError):
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {waits}")
    return not busy
