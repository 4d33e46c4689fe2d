"""Messages of who has left: WeChat may still be trying to deliver them.

A try that comes after its message was erased must not bring the follower back.
"""

from sqlite3 import Connection

from store import facts
from store.errors import StoreError
from store.signatures import TRIES_LAST, fingerprint


class Erased(StoreError):
    """The message was erased together with its follower."""


def remember(db: Connection, account: str, open_id: str, *, at: float) -> None:
    """Know the follower's last messages again, as fingerprints and for as long as tries last."""
    select = """
        SELECT dedup_key FROM messages JOIN followers ON followers.id = follower_id
         WHERE account = :account AND open_id = :open_id AND arrived_at > :since
    """
    keys = {"account": account, "open_id": open_id, "since": at - TRIES_LAST}
    for row in db.execute(select, keys).fetchall():
        facts.put(db, _name(row["dedup_key"]), "", expires_at=at + TRIES_LAST)


def refuse(db: Connection, dedup_key: str, *, at: float) -> None:
    """Raises `Erased` where the message was erased a moment ago."""
    if facts.get(db, _name(dedup_key), at=at):
        raise Erased("its follower has left")


def _name(dedup_key: str) -> str:
    return f"erased {fingerprint(dedup_key)}"
