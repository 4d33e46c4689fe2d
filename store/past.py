"""What is past its time, removed a bounded piece at a time."""

from sqlite3 import Connection

from store.messages import UNFINISHED

DAY = 24 * 3600.0
SIGNATURES_KEPT = 600.0  # seconds; older ones are stale by their own timestamp
PIECE = 200  # rows of one transaction


def remove(db: Connection, *, keep_days: float, at: float) -> int:
    """Remove at most `PIECE` rows of each kind. Returns how many went; fewer means all done.

    Finished messages go after `keep_days`, with their moves, tries and turns.
    """
    settled = f"""
        DELETE FROM messages WHERE id IN (
            SELECT id FROM messages WHERE arrived_at < :before AND NOT ({UNFINISHED})
             ORDER BY arrived_at LIMIT :piece)
    """
    gone = db.execute(settled, {"before": at - keep_days * DAY, "piece": PIECE}).rowcount
    signatures = """
        DELETE FROM signatures WHERE signature IN (
            SELECT signature FROM signatures WHERE seen_at < :before LIMIT :piece)
    """
    gone += db.execute(signatures, {"before": at - SIGNATURES_KEPT, "piece": PIECE}).rowcount
    db.execute("DELETE FROM cool_downs WHERE until < :at", {"at": at})
    db.execute("DELETE FROM facts WHERE expires_at < :at", {"at": at})
    return gone
