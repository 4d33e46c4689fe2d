"""The machine is data: where a message is, what happened, where it goes."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from store import changes
from store.database import Connection
from store.messages import FINAL, Message, State


class MoveEvent(StrEnum):
    """What happened to a message: the `event` of a row of `moves`."""

    PICKED_UP = "picked_up"
    ANSWERED_AT_ONCE = "answered_at_once"  # by what needs no model
    ERASED = "erased"  # with all that was stored of its follower
    TOLD_TO_WAIT = "told_to_wait"  # over a limit
    REFUSED = "refused"  # by a rule: the question, or the answer
    TO_BE_SAID = "to_be_said"  # words of the follower's own, aloud
    ANSWERED = "answered"
    ANSWERED_TO_SPEAK = "answered_to_speak"
    VOICE_FAILED = "voice_failed"
    VOICE_UPLOADED = "voice_uploaded"
    VOICE_SETTLED = "voice_settled"
    GAVE_UP = "gave_up"
    RETRIED = "retried"  # by the operator


# A pair that is not listed cannot happen.
TRANSITIONS: dict[tuple[State, MoveEvent], State] = {
    (State.RECEIVED, MoveEvent.PICKED_UP): State.GENERATING,
    (State.RECEIVED, MoveEvent.ANSWERED_AT_ONCE): State.REPLIED,
    (State.RECEIVED, MoveEvent.ERASED): State.REPLIED,
    (State.RECEIVED, MoveEvent.TOLD_TO_WAIT): State.REPLIED,
    (State.RECEIVED, MoveEvent.REFUSED): State.REPLIED,
    (State.RECEIVED, MoveEvent.TO_BE_SAID): State.SYNTHESIZING,
    (State.GENERATING, MoveEvent.ANSWERED): State.REPLIED,
    (State.GENERATING, MoveEvent.REFUSED): State.REPLIED,
    (State.GENERATING, MoveEvent.ANSWERED_TO_SPEAK): State.SYNTHESIZING,
    (State.SYNTHESIZING, MoveEvent.VOICE_FAILED): State.REPLIED,  # the text is the fallback
    (State.SYNTHESIZING, MoveEvent.VOICE_UPLOADED): State.UPLOADED,
    (State.UPLOADED, MoveEvent.VOICE_SETTLED): State.REPLIED,
    **{(state, MoveEvent.GAVE_UP): State.FAILED for state in State if state not in FINAL},
    (State.RECEIVED, MoveEvent.RETRIED): State.RECEIVED,
    (State.GENERATING, MoveEvent.RETRIED): State.RECEIVED,
    (State.SYNTHESIZING, MoveEvent.RETRIED): State.SYNTHESIZING,  # what is saved is kept
    (State.UPLOADED, MoveEvent.RETRIED): State.UPLOADED,
    (State.FAILED, MoveEvent.RETRIED): State.RECEIVED,
}


class TransitionNotAllowed(Exception):
    """The machine knows no such move: a fault in the program."""


def apply(
    db: Connection,
    message: Message,
    event: MoveEvent,
    *,
    at: float,
    learned: Mapping[str, object] = MappingProxyType({}),
    by_operator: bool = False,
) -> Message:
    """Make one move, and save with it what was learned, by column. `at`: seconds since 1970.

    One that is made `by_operator` voids what the server has under way for the message.

    Raises `TransitionNotAllowed`, or `store.errors.MessageMovedOn` where somebody was faster.
    """
    to_state = TRANSITIONS.get((State(message.state), event))
    if to_state is None:
        raise TransitionNotAllowed(f"message {message.id}: {event} while {message.state}")
    learned = {**learned, "settled_at": at if to_state in FINAL else None}
    return changes.move(
        db, message, event, to_state, at=at, learned=learned, by_operator=by_operator
    )
