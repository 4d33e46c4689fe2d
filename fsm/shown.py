"""What a follower has been shown of an answer, noted beside its moves.

Each function is run by `Database.write`: all of it is saved, or nothing.
"""

from fsm.text.slices import common_prefix
from store import messages, unread, voices
from store.database import Connection
from store.messages import Message, ReplyKind


def show(db: Connection, message: Message, given: str) -> None:
    """Save that the follower has seen `given` of an answer that was being written.

    Where it has been settled meanwhile, the follower reads on after what both have in common. A
    beginning of what is saved is shown by whoever does not know what another process has shown.
    """
    now = messages.get(db, message.id)
    told_of(db, message)
    if now.settled:
        unread.move_on(db, message.id, common_prefix(given, now.readable))
    elif not now.given.startswith(given):
        unread.save_given(db, message.id, given)


def told_of(db: Connection, message: Message) -> None:
    """Save that the follower was told of more of a message: it is what they read on with."""
    unread.promise(db, message.id)
    unread.turn_to(db, message.id)


def carried_away(db: Connection, message_id: int, *, at: float) -> None:
    """A try of this message carried its reply away: a voice in it is needed until `at`."""
    message = messages.get_all(db, [message_id])
    if message and message[0].reply_kind == ReplyKind.VOICE and message[0].reply_of:
        voices.needed_until(db, message[0].reply_of, at=at)
