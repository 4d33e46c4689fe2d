"""A request's signature is good for the tries of one message, and for nothing after that.

WeChat signs each try anew, but the signature does not cover an open body: whoever has seen one
request could send another body with it (protocol sheet 1.4). Nor may a try that comes after its
message was erased, with its follower, bring anything of them back.
"""

import json
from hashlib import sha256

from store import key_values
from store.database import Connection
from store.errors import Replayed, StoreError

TRIES_LAST = 20.0  # seconds: three tries of five, and some patience


class Erased(StoreError):
    """The message was erased together with its follower.

    `goodbye` is what it was told by then, and when, where it was the follower's own wish.
    """

    goodbye: tuple[str, float] | None = None


def use(db: Connection, stamp: str, dedup_key: str, *, at: float) -> None:
    """Let a signature be used for this message. Raises `Replayed`."""
    insert = """
        INSERT INTO signatures (signature, dedup_key, seen_at) VALUES (:stamp, :dedup_key, :at)
        ON CONFLICT (signature) DO NOTHING
    """
    message = fingerprint(dedup_key)
    if db.execute(insert, {"stamp": stamp, "dedup_key": message, "at": at}).rowcount:
        return
    select = "SELECT dedup_key, seen_at FROM signatures WHERE signature = :stamp"
    first = db.execute(select, {"stamp": stamp}).fetchone()
    if first["dedup_key"] != message:
        raise Replayed("a signature that was used for another message")
    if at - first["seen_at"] > TRIES_LAST:
        raise Replayed("a signature from earlier")


def fingerprint(dedup_key: str) -> str:
    """What a message is known by where nothing of its follower may stay; its key may name them."""
    return sha256(dedup_key.encode()).hexdigest()


def remember_erased(db: Connection, account: str, open_id: str, *, at: float) -> None:
    """Know the follower's last messages again, as fingerprints and for as long as tries last."""
    select = """
        SELECT dedup_key FROM messages JOIN followers ON followers.id = follower_id
         WHERE account = :account AND open_id = :open_id AND arrived_at > :since
    """
    keys = {"account": account, "open_id": open_id, "since": at - TRIES_LAST}
    for row in db.execute(select, keys).fetchall():
        key_values.put(db, _erased_name(row["dedup_key"]), "", expires_at=at + TRIES_LAST)


def remember_goodbye(db: Connection, dedup_key: str, text: str, *, at: float) -> None:
    """Know what the message was told that had its follower erased, for as long as tries last."""
    told = json.dumps([text, at])
    key_values.put(db, _erased_name(dedup_key), told, expires_at=at + TRIES_LAST)


def refuse_erased(db: Connection, dedup_key: str, *, at: float) -> None:
    """Raises `Erased` where the message was erased a moment ago."""
    if found := key_values.get(db, _erased_name(dedup_key), at=at):
        gone = Erased("its follower has left")
        gone.goodbye = tuple(json.loads(found[0])) if found[0] else None
        raise gone


def _erased_name(dedup_key: str) -> str:
    return f"erased {fingerprint(dedup_key)}"
