"""What is saved of one message, for who looks on while it happens: the sandbox's page."""

from dataclasses import asdict
from typing import Any

from console.views import life, listing, lookup
from console.views.listing import Filter
from store.errors import MessageMovedOn, StoreError
from store.opening import engine
from store.place import Where


def glance(where: Where, open_id: str, msg_id: str | None) -> dict[str, Any] | None:
    """The life of a follower's message, as plain values; without a MsgId that of their last one.

    None where nothing is stored of it: not yet, or not any more. Waits for nobody: it only reads.
    """
    try:
        store = engine(where)
        with store.looking() as db:
            if msg_id:
                number = lookup.message_id(db, msg_id)
            else:
                wanted = Filter(follower_id=lookup.follower_id(db, open_id), limit=1)
                number = listing.look(db, wanted, texts=False)[0].message_id
            return asdict(life.look(db, number, at=store.now(db), texts=True))
    except (StoreError, MessageMovedOn, IndexError):
        return None
