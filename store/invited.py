"""Who was let in by a pass phrase or an invite code, and how often each code was used."""

from dataclasses import dataclass, field

from store.database import Connection


@dataclass(frozen=True)
class Who:
    """A follower who asks to be let in."""

    open_id: str = field(repr=False)
    let_in_by: str | None  # None: not yet


def who(db: Connection, follower_id: int) -> Who:
    """The follower of this number."""
    select = "SELECT open_id, let_in_by FROM followers WHERE id = :id"
    return Who(**db.execute(select, {"id": follower_id}).fetchone())


def let_in(db: Connection, follower_id: int, *, by: str, at: float) -> None:
    """Keep that a follower was let in, by what and when."""
    update = "UPDATE followers SET let_in_by = :by, let_in_at = :at WHERE id = :id"
    db.execute(update, {"id": follower_id, "by": by, "at": at})


def use(db: Connection, code: str, *, most: int) -> bool:
    """Use an invite code once more; False where it was used `most` times. It is a fingerprint."""
    upsert = """
        INSERT INTO invites (code, used) VALUES (:code, 1)
        ON CONFLICT (code) DO UPDATE SET used = invites.used + 1 WHERE invites.used < :most
        RETURNING used
    """
    return db.execute(upsert, {"code": code, "most": most}).fetchone() is not None
