"""A request's signature is good for the tries of one message, and for nothing after that.

WeChat signs each try anew, but the signature does not cover an open body: whoever has seen one
request could send another body with it (protocol sheet 1.4).
"""

from hashlib import sha256
from sqlite3 import Connection

from store.errors import StoreError

TRIES_LAST = 20.0  # seconds: three tries of five, and some patience


class Replayed(StoreError):
    """The signature was used before: for another message, or too long ago."""


def use(db: Connection, stamp: str, dedup_key: str, *, at: float) -> None:
    """Let a signature be used for this message. Raises `Replayed`."""
    insert = """
        INSERT INTO signatures (signature, dedup_key, seen_at) VALUES (:stamp, :dedup_key, :at)
        ON CONFLICT (signature) DO NOTHING
    """
    message = fingerprint(dedup_key)
    db.execute(insert, {"stamp": stamp, "dedup_key": message, "at": at})
    select = "SELECT dedup_key, seen_at FROM signatures WHERE signature = :stamp"
    first = db.execute(select, {"stamp": stamp}).fetchone()
    if first["dedup_key"] != message:
        raise Replayed("a signature that was used for another message")
    if at - first["seen_at"] > TRIES_LAST:
        raise Replayed("a signature from earlier")


def fingerprint(dedup_key: str) -> str:
    """What a message is known by where nothing of its follower may stay; its key may name them."""
    return sha256(dedup_key.encode()).hexdigest()
