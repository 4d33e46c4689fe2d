"""Looking at tries, and at what was told, costs the same however much a follower wrote.

What tries told of is spared when the rest is put away.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest

from store import messages, tries, unread
from store.database import Connection, Database
from store.messages import Arrival, Message
from store.outcomes import Outcome
from tests import migrated

NOW = 1_000.0
Look = Callable[..., bool]


def written(db: Connection, many: int, *, before: float) -> Message:
    """The last of so many messages of one follower, whose tries have ended.

    The others came so many seconds before it.
    """
    for number in range(many):
        at = NOW if number == many - 1 else NOW - before
        arrival = Arrival("gh", "o-one", f"key-{number}", str(number), "text", "hi")
        message, _ = messages.receive(db, arrival, at=at)
        tries.begin(db, message.id, at=at)
        tries.end(db, message.id, 1, outcome=Outcome.DROPPED, at=at)
    return message


def steps(look: Look, many: int, *, before: float = 0.0) -> int:
    """How many instructions SQLite takes to find that no try is open."""
    with closing(migrated.in_memory()) as db:
        message, taken = written(db, many, before=before), []
        db.set_progress_handler(lambda: taken.append(1), 1)
        assert not look(db, message, since=NOW - 5)
        return len(taken)


@pytest.mark.parametrize("look", [tries.others_open, tries.on_its_way])
def test_it_takes_no_longer_where_much_is_stored(look: Look) -> None:
    assert steps(look, 500) == steps(look, 50)


@pytest.mark.parametrize("look", [tries.others_open, tries.on_its_way])
def test_what_is_too_old_to_have_a_try_is_not_looked_at(look: Look) -> None:
    assert steps(look, 20, before=3600) == steps(look, 2, before=3600)


def carried(db: Connection, message: Message) -> None:
    """A try that brings the reply of a message comes, and ends well."""
    number = tries.begin(db, message.id, at=NOW)
    tries.end(db, message.id, number, outcome=Outcome.REPLIED, at=NOW)


def telling(db: Connection, many: int) -> list[Message]:
    """So many messages of one follower, all of whose replies tell that an earlier answer waits."""
    written(db, many, before=0)
    db.execute("UPDATE messages SET reply_of = id, reply_end = 0, tells = 1")
    return [
        messages.get(db, row["id"]) for row in db.execute("SELECT id FROM messages ORDER BY id")
    ]


def instructions(db: sqlite3.Connection, work: Callable[[], object]) -> int:
    """How many SQLite takes for it."""
    taken: list[int] = []
    db.set_progress_handler(lambda: taken.append(1), 1)
    work()
    db.set_progress_handler(None, 0)
    return len(taken)


def test_what_was_told_is_known_from_when_it_was_carried_away(either: Database) -> None:
    """On each engine. An earlier message, whose try was late, takes nothing back."""
    first, second, third, reader = either.write(telling, 4)
    assert either.read(unread.told_up_to, reader) == 0, "nobody has read it"
    for message, told_of in ((second, second), (first, second), (third, third)):
        either.write(carried, message)
        assert either.read(unread.told_up_to, reader) == told_of.id


def test_what_tells_nothing_is_no_telling() -> None:
    with closing(migrated.in_memory()) as db:
        first, reader = telling(db, 2)
        db.execute("UPDATE messages SET tells = 0")
        carried(db, first)
        assert unread.told_up_to(db, reader) == 0


def test_to_save_or_look_up_what_was_told_takes_no_longer_where_much_is_stored() -> None:
    taken = set()
    for many in (50, 500):
        with closing(migrated.in_memory()) as db:
            *_, last, reader = telling(db, many)
            saved = instructions(db, partial(carried, db, last))
            looked = instructions(db, partial(unread.told_up_to, db, reader))
            taken.add((saved, looked))
    assert len(taken) == 1


def told(db: Connection, key: str, *, came: float, ended: float) -> Message:
    """A message whose try has told at its end that the answer is still being made."""
    arrival = Arrival("gh", "o-one", key, key, "text", "hi")
    message, _ = messages.receive(db, arrival, at=came)
    number = tries.begin(db, message.id, at=came)
    tries.end(db, message.id, number, outcome=Outcome.THINKING, at=ended)
    return message


@pytest.mark.parametrize(("turn", "put_away"), [(20.0, 0), (10.0, 1)])
def test_what_is_promised_while_a_reader_waits_for_its_turn_is_not_put_away(
    either: Database, turn: float, put_away: int
) -> None:
    """On each engine. Who has not waited knows of all that was promised."""
    before = either.write(told, "1", came=1.0, ended=5.0)
    meanwhile = either.write(told, "2", came=6.0, ended=14.0)
    reader = either.write(told, "3", came=10.0, ended=15.0)
    either.write(unread.put_away, reader, at=turn)
    assert either.read(messages.get, before.id).put_away == 1
    assert either.read(messages.get, meanwhile.id).put_away == put_away
    assert either.read(messages.get, reader.id).put_away == 0
