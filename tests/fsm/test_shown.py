"""What a follower has seen of an answer is kept, whichever try or process showed how much."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from fsm import moves, shown
from store import messages
from store.messages import Arrival, Message
from tests import migrated

NOW = 1_000.0


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(migrated.in_memory()) as memory:
        yield memory


@pytest.fixture
def written(db: sqlite3.Connection) -> Message:
    """A message whose answer is being written."""
    arrival = Arrival("gh", "o-one", "gh 1", "1", "text", "hi")
    message, _ = messages.receive(db, arrival, at=NOW)
    return moves.pick_up(db, message, session_seconds=600, at=NOW)


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        (["一", "一二"], "一二"),
        (["一二", "一"], "一二"),  # by a process that knows nothing of what another one showed
        (["一二", "二"], "二"),  # it was begun anew
    ],
    ids=["more of it", "its beginning once more", "another text"],
)
def test_a_beginning_shown_once_more_takes_back_nothing_of_what_was_seen(
    db: sqlite3.Connection, written: Message, seen: list[str], kept: str
) -> None:
    for given in seen:
        shown.show(db, written, given)
    assert messages.given(db, written.id) == kept
