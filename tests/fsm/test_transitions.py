"""The machine is its table: what is listed moves, what is not cannot."""

import itertools
from collections.abc import Iterator
from sqlite3 import Connection

import pytest

from fsm.transitions import TRANSITIONS, MoveEvent, TransitionNotAllowed, apply
from store import changes, messages
from store.errors import MessageMovedOn
from store.messages import FINAL, Arrival, Message, State
from tests import stored
from tests.in_memory import InMemory

LEARNED: dict[State, dict[str, object]] = {
    State.SYNTHESIZING: {"answer": "hi"},
    State.UPLOADED: {"answer": "hi", "media_id": "m"},
    State.REPLIED: {"reply": "hi", "settled_at": 1.0},
    State.FAILED: {"failure": "why", "settled_at": 1.0},
}


@pytest.fixture
def db() -> Iterator[InMemory]:
    database = InMemory()
    yield database
    database.close()


def placed(db: Connection, state: State) -> Message:
    """A message put into a state by hand."""
    message, _ = messages.receive(db, Arrival("gh", "o", "gh 1", "1", "text", "hi"), at=1.0)
    if state is State.RECEIVED:
        return message
    learned = LEARNED.get(state, {})
    return changes.move(db, message, event="test", to_state=state, at=1.0, learned=learned)


@pytest.mark.parametrize(("state", "event"), TRANSITIONS)
def test_each_listed_move_is_made_and_logged(db: InMemory, state: State, event: MoveEvent) -> None:
    message = db.write(placed, state)
    to_state = TRANSITIONS[state, event]
    learned = {k: v for k, v in LEARNED.get(to_state, {}).items() if k != "settled_at"}
    moved = db.write(apply, message, event, at=2.0, learned=learned)
    assert moved.state == to_state
    assert moved.settled == (to_state in FINAL)
    assert db.read(stored.moves, message.id)[-1] == event


@pytest.mark.parametrize(
    ("state", "event"), [p for p in itertools.product(State, MoveEvent) if p not in TRANSITIONS]
)
def test_each_unlisted_move_is_refused(db: InMemory, state: State, event: MoveEvent) -> None:
    message = db.write(placed, state)
    with pytest.raises(TransitionNotAllowed):
        db.write(apply, message, event, at=2.0)
    assert db.read(messages.get, message.id) == message


def test_of_two_who_saw_the_same_state_one_moves_the_message(db: InMemory) -> None:
    message = db.write(placed, State.RECEIVED)
    db.write(apply, message, MoveEvent.PICKED_UP, at=2.0)
    with pytest.raises(MessageMovedOn):
        db.write(apply, message, MoveEvent.PICKED_UP, at=2.0)
    assert db.read(stored.moves, message.id) == ["picked_up"]


def test_an_erased_message_cannot_move(db: InMemory) -> None:
    message = db.write(placed, State.RECEIVED)
    db.write(lambda c: c.execute("DELETE FROM followers"))
    with pytest.raises(MessageMovedOn):
        db.write(apply, message, MoveEvent.PICKED_UP, at=2.0)


def test_every_state_that_is_not_final_leads_to_an_end() -> None:
    for state in set(State) - FINAL:
        assert any(to in FINAL for (start, _), to in TRANSITIONS.items() if start is state)
