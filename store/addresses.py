"""The addresses that WeChat's pushes come from, as WeChat last said."""

from collections.abc import Iterable

from store.database import Connection


def replace(db: Connection, networks: Iterable[str]) -> None:
    """Keep this list instead of the one before."""
    drop(db)
    insert = "INSERT INTO callback_addresses (network) VALUES (:network) ON CONFLICT DO NOTHING"
    for network in networks:
        db.execute(insert, {"network": network})


def drop(db: Connection) -> int:
    """Keep no list. Returns how many entries there were."""
    # Without a condition SQLite would write, and commit, where there is nothing to drop.
    return db.execute("DELETE FROM callback_addresses WHERE network IS NOT NULL").rowcount


def known(db: Connection) -> list[str]:
    """The list; empty where WeChat was never asked."""
    return [row["network"] for row in db.execute("SELECT network FROM callback_addresses")]
