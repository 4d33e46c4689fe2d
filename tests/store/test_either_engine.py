"""What the store promises on each of its engines: all of a piece of work is saved or none."""

import gevent
import pytest

from store import changes, followers, key_values, messages, tries
from store.database import Connection, Database
from store.errors import MessageMovedOn, StoreUnavailable
from store.messages import Arrival
from tests.ticking import longest_stall


def put(db: Connection, name: str, fails: type[Exception] | None = None) -> str:
    key_values.put(db, name, "", expires_at=1e12)
    if fails:
        raise fails(name)
    return name


def names(db: Connection) -> list[str]:
    return [row["name"] for row in db.execute("SELECT name FROM facts ORDER BY name", {})]


def arrival(key: str) -> Arrival:
    return Arrival("gh", "o-one", key, key, "text", "hello")


def test_what_fails_leaves_nothing_and_harms_nobody_beside_it(either: Database) -> None:
    spoilt = either.write_soon(put, "bad", fails=KeyError)
    sound = either.write_soon(put, "good")
    with pytest.raises(KeyError):
        spoilt.get()
    with pytest.raises(KeyError):
        either.write(put, "worse", fails=KeyError)
    assert sound.get() == "good"
    assert either.read(names) == ["good"]


def test_what_nobody_waits_for_is_done_in_order_and_before_what_is_written_after_it(
    either: Database,
) -> None:
    done: list[int] = []

    def note(_: Connection, number: int) -> None:
        done.append(number)

    for number in range(200):
        either.write_soon(note, number)
    either.write(note, 200)
    assert done == list(range(201))


def test_what_nobody_waited_for_is_there_after_the_end(either: Database) -> None:
    saved = [either.write_soon(put, f"fact {number}") for number in range(20)]
    either.close()
    assert [one.get() for one in saved] == [f"fact {number}" for number in range(20)]
    with pytest.raises(StoreUnavailable):
        either.write(put, "late")
    with pytest.raises(StoreUnavailable):
        either.write_soon(put, "late").get()


def test_what_somebody_else_was_faster_with_is_no_news(
    either: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def too_late(_: Connection) -> None:
        raise MessageMovedOn("message 1 is no longer as it was")

    either.write_soon(too_late)
    either.close()
    assert caplog.messages == []


def test_reading_cannot_write(either: Database) -> None:
    with pytest.raises(StoreUnavailable, match="read-only"):
        either.read(put, "sneaky")


def test_the_loop_goes_on_while_much_is_written(either: Database) -> None:
    def work() -> None:
        for writing in [gevent.spawn(either.write, put, f"fact {n}") for n in range(200)]:
            writing.get()

    assert longest_stall(work) < 0.25, "nothing waits for the database"
    assert len(either.read(names)) == 200


def test_tries_that_come_at_one_moment_are_one_message(either: Database) -> None:
    def arrive(db: Connection) -> tuple[int, int]:
        message, _ = messages.receive(db, arrival("key"), at=1.0)
        return message.id, tries.begin(db, message.id, at=1.0)

    coming = [gevent.spawn(either.write, arrive) for _ in range(12)]
    arrived = [one.get() for one in coming]
    assert len({message for message, _ in arrived}) == 1
    assert sorted(number for _, number in arrived) == list(range(1, 13))


def test_a_try_that_finds_its_message_uses_up_no_number(either: Database) -> None:
    keys = ("one", "one", "one", "two")
    came = [either.write(messages.receive, arrival(key), at=1.0) for key in keys]
    assert [new for _, new in came] == [True, False, False, True]
    numbers = [message.id - came[0][0].id for message, _ in came]
    assert numbers == [0, 0, 0, 1]


def test_a_text_may_hold_what_only_one_engine_takes(either: Database) -> None:
    def keep(db: Connection) -> str:
        message, _ = messages.receive(db, arrival("100%:x 'y' /*! z */"), at=1.0)
        changes.checkpoint(db, message, "half\0way 🙂 :name %s")
        return messages.get(db, message.id).partial.replace("\0", "")

    assert either.write(keep) == "halfway 🙂 :name %s"


def test_whoever_is_erased_takes_all_of_theirs_along(either: Database) -> None:
    message, _ = either.write(messages.receive, arrival("key"), at=1.0)
    either.write(tries.begin, message.id, at=1.0)
    assert either.write(followers.erase, "gh", "o-one", at=2.0) == 1
    assert either.write(followers.erase, "gh", "o-one", at=2.0) == 0
    assert either.read(messages.get_all, [message.id]) == []
