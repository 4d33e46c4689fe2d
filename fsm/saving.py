"""A move is saved however long the database cannot be used: what was paid for is not lost."""

import gevent

from fsm import events
from fsm.beginning import Move
from store import followers
from store.database import Connection, Database
from store.errors import StoreError
from store.messages import Message

PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds between attempts
TOLD_EVERY = 10  # attempts


def save(db: Database, message: Message, move: Move) -> Message:
    """Make a move of a message. Raises a `StoreError` where trying again cannot help."""

    def make(connection: Connection) -> Message:
        followers.hold(connection, message.follower_id)
        return move(connection)

    attempt = 0
    while True:
        try:
            return db.write(make)
        except StoreError as error:
            if not error.retryable:
                raise
            if attempt % TOLD_EVERY == 0:
                events.not_saved(error)
            gevent.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1
