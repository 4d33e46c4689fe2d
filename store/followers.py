"""Followers: who they are, and how all that is stored of one goes."""

from store import signatures
from store.database import Connection, SharedConnection


def hold(db: Connection, follower_id: int) -> bool:
    """Have what is a follower's to oneself until the transaction ends; others wait for it.

    Whatever changes it begins with this, and reads only then. Returns whether others may have
    changed something before: with one writer for all nobody can, and nothing is asked.
    """
    if isinstance(db, SharedConnection):
        db.execute("SELECT id FROM followers WHERE id = :id FOR UPDATE", {"id": follower_id})
        return True
    return False


def save(db: Connection, account: str, open_id: str) -> int:
    """Save a follower who is not known yet, and hold them as `hold` does.

    Returns the number that stands for them here.
    """
    who = {"account": account, "open_id": open_id}
    select = """
        SELECT id FROM followers WHERE account = :account AND open_id = :open_id /*! FOR UPDATE */
    """
    upsert = """
        INSERT INTO followers (account, open_id) VALUES (:account, :open_id)
        ON CONFLICT (account, open_id) DO UPDATE SET account = excluded.account RETURNING id
    """
    row = db.execute(select, who).fetchone() or db.execute(upsert, who).fetchone()
    return int(row["id"])


def named(db: Connection, follower_id: int) -> tuple[str, str]:
    """The account and the open id of a follower."""
    select = "SELECT account, open_id FROM followers WHERE id = :id"
    row = db.execute(select, {"id": follower_id}).fetchone()
    return row["account"], row["open_id"]


def ask_to_erase(db: Connection, follower_id: int, *, until: float) -> None:
    """Have a follower's word of confirmation erase them, if it comes by then."""
    update = "UPDATE followers SET erase_until = :until WHERE id = :id"
    db.execute(update, {"id": follower_id, "until": until})


def may_erase_until(db: Connection, follower_id: int) -> float | None:
    """Until when that word counts; None where it was never asked for."""
    select = "SELECT erase_until FROM followers WHERE id = :id"
    row = db.execute(select, {"id": follower_id}).fetchone()
    return row["erase_until"] if row else None


def choose(db: Connection, follower_id: int, *, by_voice: bool) -> None:
    """Keep how a follower wants to be answered: always by voice, or always in writing."""
    update = "UPDATE followers SET by_voice = :by_voice WHERE id = :id"
    db.execute(update, {"id": follower_id, "by_voice": int(by_voice)})


def by_voice(db: Connection, follower_id: int) -> bool | None:
    """How a follower chose to be answered; None: a voice by a voice, a text by a text."""
    select = "SELECT by_voice FROM followers WHERE id = :id"
    row = db.execute(select, {"id": follower_id}).fetchone()
    return None if row is None or row["by_voice"] is None else bool(row["by_voice"])


def wants_voice(db: Connection, follower_id: int, kind: str) -> bool:
    """Whether a message of that kind is to be answered aloud: as its follower chose, or asked."""
    chosen = by_voice(db, follower_id)
    return kind == "voice" if chosen is None else chosen


def erase(db: Connection, account: str, open_id: str, *, at: float) -> int:
    """Remove a follower and everything that hangs on them. Returns how many there were: 0 or 1.

    Tries that are still under way bring nothing of it back. Their voices at WeChat are deleted
    next; one that is on its way, when it must have arrived.
    """
    if isinstance(db, SharedConnection):
        select = """
            SELECT id FROM followers WHERE account = :account AND open_id = :open_id FOR UPDATE
        """
        db.execute(select, {"account": account, "open_id": open_id})
    signatures.remember_erased(db, account, open_id, at=at)
    due = """
        UPDATE uploads SET delete_at = :at WHERE media_id IS NOT NULL AND message_id IN (
            SELECT messages.id FROM messages JOIN followers ON followers.id = follower_id
             WHERE account = :account AND open_id = :open_id)
    """
    db.execute(due, {"account": account, "open_id": open_id, "at": at})
    delete = "DELETE FROM followers WHERE account = :account AND open_id = :open_id"
    return db.execute(delete, {"account": account, "open_id": open_id}).rowcount
