"""Looking whether a follower's tries are open costs the same however much the follower wrote."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from store import messages, reading
from store.messages import Arrival, Message
from tests import migrated

NOW = 1_000.0
Look = Callable[..., bool]


def written(db: sqlite3.Connection, many: int) -> Message:
    """The last of so many messages of one follower, whose tries have ended."""
    for number in range(many):
        arrival = Arrival("gh", "o-one", f"key-{number}", str(number), "text", "hi")
        message, _ = messages.receive(db, arrival, at=NOW)
        reading.begin_try(db, message.id, at=NOW)
        reading.end_try(db, message.id, 1, outcome="dropped", at=NOW)
    return message


def steps(look: Look, many: int) -> int:
    """How many instructions SQLite takes to find that no try is open."""
    with closing(migrated.in_memory()) as db:
        message, taken = written(db, many), []
        db.set_progress_handler(lambda: taken.append(1), 1)
        assert not look(db, message, since=NOW - 5)
        return len(taken)


@pytest.mark.parametrize("look", [reading.others_open, reading.on_its_way])
def test_it_takes_no_longer_where_much_is_stored(look: Look) -> None:
    assert steps(look, 500) == steps(look, 50)
