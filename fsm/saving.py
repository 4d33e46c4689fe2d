"""A move is saved however long the database cannot be used: what was paid for is not lost."""

from dataclasses import replace

import gevent

from fsm import events
from fsm.moves import Move
from store import followers, messages, processes
from store.database import Connection, Database
from store.errors import StoreError
from store.messages import Message
from store.processes import Process

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


def look_again(db: Database, last: Message, process: Process) -> Message:
    """How the store has a message that somebody has moved since it was seen `last`.

    Whose move that was is told: this process's own, where the connection was lost between the
    commit and the word of it, or another's. Raises `MessageMovedOn` where it was erased, and
    `StoreError`.
    """
    now, ours = db.read(_found, last, process)
    if now.state != last.state and now.operator_moves == last.operator_moves:
        if ours:
            events.moved(last.state, now)
        else:
            events.let_go(now)
    return now


def _found(db: Connection, last: Message, process: Process) -> tuple[Message, bool]:
    now = messages.get(db, last.id)
    moved_by = messages.last_event(db, last.id)
    return replace(now, moved_by=moved_by), processes.owns(db, process, last.follower_id)
