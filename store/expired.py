"""What is past its time, removed a bounded piece at a time."""

from store import addresses
from store.database import Connection
from store.messages import UNFINISHED

DAY = 24 * 3600.0
PROCESSES_KEPT = DAY  # after their lease: what they left is somebody else's, or will be
SIGNATURES_KEPT = 600.0  # seconds; older ones are stale by their own timestamp
PIECE = 200  # rows of one transaction


def remove(db: Connection, *, keep_days: float, keep_addresses: bool, at: float) -> int:
    """Remove at most `PIECE` rows of each kind. Returns how many went; none means all done.

    Finished messages go after `keep_days`, with their moves, tries and turns, and then followers
    who have been silent for as long. The list of WeChat's addresses goes with `keep_addresses` off:
    nobody renews it then.
    """
    settled = f"""
        DELETE FROM messages WHERE id IN (
            SELECT id FROM messages WHERE arrived_at < :before AND NOT ({UNFINISHED})
             ORDER BY arrived_at LIMIT :piece /*! FOR UPDATE SKIP LOCKED */)
    """
    gone = db.execute(settled, {"before": at - keep_days * DAY, "piece": PIECE}).rowcount
    gone += _silent_followers(db, before=at - keep_days * DAY)
    for table, key, ends, before in (
        ("signatures", "signature", "seen_at", at - SIGNATURES_KEPT),
        ("cool_downs", "name", "until", at),
        ("facts", "name", "expires_at", at),
        ("processes", "id", "alive_until", at - PROCESSES_KEPT),
    ):
        ended = f"""
            DELETE FROM {table} WHERE {key} IN (
                SELECT {key} FROM {table} WHERE {ends} < :before
                 LIMIT :piece /*! FOR UPDATE SKIP LOCKED */)
        """
        gone += db.execute(ended, {"before": before, "piece": PIECE}).rowcount
    return gone if keep_addresses else gone + addresses.drop(db)


def _silent_followers(db: Connection, *, before: float) -> int:
    """Those of whom no message is left. Whoever writes again later is new, or was let in.

    They are held first: one who is just writing is no more silent by then.
    """
    silent = """
        coalesce(spoke_at, 0) < :before AND let_in_by IS NULL
        AND NOT EXISTS (SELECT 1 FROM messages WHERE follower_id = followers.id)
    """
    select = f"""
        SELECT id FROM followers WHERE {silent} LIMIT :piece /*! FOR UPDATE SKIP LOCKED */
    """
    found = db.execute(select, {"before": before, "piece": PIECE}).fetchall()
    if not found:
        return 0
    keys = {f"id_{number}": row["id"] for number, row in enumerate(found)}
    places = ", ".join(f":{key}" for key in keys)
    delete = f"DELETE FROM followers WHERE id IN ({places}) AND {silent}"
    return db.execute(delete, {"before": before} | keys).rowcount
