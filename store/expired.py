"""What is past its time, removed a bounded piece at a time."""

from store import addresses
from store.database import Connection
from store.messages import UNFINISHED

DAY = 24 * 3600.0
SIGNATURES_KEPT = 600.0  # seconds; older ones are stale by their own timestamp
PIECE = 200  # rows of one transaction


def remove(db: Connection, *, keep_days: float, keep_addresses: bool, at: float) -> int:
    """Remove at most `PIECE` rows of each kind. Returns how many went; none means all done.

    Finished messages go after `keep_days`, with their moves, tries and turns. The list of WeChat's
    addresses goes with `keep_addresses` off: nobody renews it then.
    """
    settled = f"""
        DELETE FROM messages WHERE id IN (
            SELECT id FROM messages WHERE arrived_at < :before AND NOT ({UNFINISHED})
             ORDER BY arrived_at LIMIT :piece)
    """
    gone = db.execute(settled, {"before": at - keep_days * DAY, "piece": PIECE}).rowcount
    for table, key, ends, before in (
        ("signatures", "signature", "seen_at", at - SIGNATURES_KEPT),
        ("cool_downs", "name", "until", at),
        ("facts", "name", "expires_at", at),
    ):
        ended = f"""
            DELETE FROM {table} WHERE {key} IN (
                SELECT {key} FROM {table} WHERE {ends} < :before LIMIT :piece)
        """
        gone += db.execute(ended, {"before": before, "piece": PIECE}).rowcount
    return gone if keep_addresses else gone + addresses.drop(db)
