"""What is past its time goes, a bounded piece at a time, and nothing else does."""

from pathlib import Path
from sqlite3 import Connection

import pytest

from service.sweeper import Sweeper
from store import addresses, cool_downs, expired, key_values, processes
from store.messages import Arrival, receive
from store.processes import Process
from store.sqlite.database import SqliteDatabase
from tests.conftest import Clock
from tests.running import running

DAY = 24 * 3600.0


def sweep(db: SqliteDatabase, *, keep_days: float = 30, keep_addresses: bool = True) -> int:
    return Sweeper(db, keep_days=keep_days, keep_addresses=keep_addresses).sweep()


def rows(db: SqliteDatabase, table: str) -> int:
    return int(db.read(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))


def fill(db: Connection, at: float, how_many: int, state: str = "REPLIED") -> None:
    """Messages of one follower that arrived then, each with a move, a try and a turn."""
    for n in range(how_many):
        arrival = Arrival("gh", "o", f"{at} {state} {n}", str(n), "text", "问")
        message, _ = receive(db, arrival, at=at)
        settle = """
            UPDATE messages SET state = :state, reply = 'r', failure = 'f',
                   settled_at = CASE WHEN :state IN ('REPLIED', 'FAILED') THEN :at END
             WHERE id = :id
        """
        db.execute(settle, {"state": state, "at": at, "id": message.id})
        keys = {"id": message.id, "follower": message.follower_id}
        db.execute("INSERT INTO tries (message_id, number, arrived_at) VALUES (:id, 1, 0)", keys)
        db.execute(
            "INSERT INTO moves (message_id, at, from_state, event, to_state)"
            " VALUES (:id, 0, 'RECEIVED', 'e', 'REPLIED')",
            keys,
        )
        db.execute(
            "INSERT INTO history (follower_id, message_id, session, role, text)"
            " VALUES (:follower, :id, 1, 'user', 'x')",
            keys,
        )


def test_finished_messages_go_after_their_days_with_all_that_hangs_on_them(
    db: SqliteDatabase, clock: Clock
) -> None:
    for state in ("REPLIED", "FAILED"):
        db.write(fill, clock() - 31 * DAY, 2, state)
        db.write(fill, clock() - 29 * DAY, 1, state)
    assert sweep(db) == 4
    for table in ("messages", "tries", "moves", "history"):
        assert rows(db, table) == 2, table


def test_what_is_unfinished_stays_however_old(db: SqliteDatabase, clock: Clock) -> None:
    db.write(fill, clock() - 400 * DAY, 1, "RECEIVED")
    assert sweep(db) == 0
    assert rows(db, "messages") == 1


def test_each_turn_is_bounded_and_all_of_them_together_do_everything(
    db: SqliteDatabase, clock: Clock
) -> None:
    count = expired.PIECE + 50

    def remember(c: Connection) -> None:
        for n in range(count):
            key_values.put(c, f"fact {n}", "", expires_at=clock() - 1)
            cool_downs.rest(c, f"key {n}", until=clock() - 1, reason="KeyRefused")
            c.execute("INSERT INTO signatures VALUES (?, 'x', ?)", (f"{n}", clock() - 601))

    db.write(fill, clock() - 31 * DAY, count)
    db.write(remember)
    first = db.write(expired.remove, keep_days=30, keep_addresses=True, at=clock())
    assert first == 4 * expired.PIECE
    assert sweep(db) == 4 * 50 + 1
    for table in ("messages", "followers", "signatures", "cool_downs", "facts"):
        assert rows(db, table) == 0, table


def test_what_still_has_its_time_stays(db: SqliteDatabase, clock: Clock) -> None:
    def remember(c: Connection) -> None:
        key_values.put(c, "fact", "", expires_at=clock() + 1)
        cool_downs.rest(c, "key", until=clock() + 1, reason="KeyRefused")
        c.execute("INSERT INTO signatures VALUES ('s', 'x', ?)", (clock() - 599,))
        addresses.replace(c, ["1.2.3.4/32"])

    db.write(remember)
    assert sweep(db) == 0
    clock.forward(2)
    assert sweep(db) == 3
    assert rows(db, "callback_addresses") == 1, "a list stays as long as it is in use"
    assert sweep(db, keep_addresses=False) == 1


def silent(db: Connection, open_id: str, since: float | None) -> None:
    """A follower without messages, whose last turn was then."""
    insert = "INSERT INTO followers (account, open_id, spoke_at) VALUES ('gh', :who, :since)"
    db.execute(insert, {"who": open_id, "since": since})


def test_a_follower_goes_when_no_message_is_left_and_the_silence_lasted_as_long(
    db: SqliteDatabase, clock: Clock
) -> None:
    def come_and_go(c: Connection) -> None:
        silent(c, "spoke long ago", clock() - 31 * DAY)
        silent(c, "never spoke", None)
        silent(c, "spoke lately", clock() - 29 * DAY)

    db.write(come_and_go)
    db.write(fill, clock() - 29 * DAY, 1)
    assert sweep(db) == 2
    select = "SELECT open_id FROM followers ORDER BY id"
    left = db.read(lambda c: [row["open_id"] for row in c.execute(select)])
    assert left == ["spoke lately", "o"]
    clock.forward(2 * DAY)
    assert sweep(db) == 3, "the message, and both of them"


def test_a_follower_with_something_unfinished_stays_however_silent(
    db: SqliteDatabase, clock: Clock
) -> None:
    db.write(fill, clock() - 400 * DAY, 1, "GENERATING")
    assert sweep(db) == 0
    assert rows(db, "followers") == 1


def test_who_comes_back_after_that_is_new(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.follower().say("问")
        long_ago = "UPDATE followers SET spoke_at = 0"
        app.huixin.db.write(lambda c: c.execute(long_ago).rowcount)
        app.huixin.db.write(lambda c: c.execute("DELETE FROM messages").rowcount)
        app.huixin.sweeper.run_once()
        assert app.all("SELECT id FROM followers") == []
        assert app.follower().say("又来了").seen
        assert app.all("SELECT question FROM messages") == ["又来了"]


def test_processes_go_a_day_after_their_lease(db: SqliteDatabase, clock: Clock) -> None:
    dead, asleep = Process("dead", "elsewhere", 1), Process("asleep", "elsewhere", 2)
    db.write(processes.beat, dead, at=clock() - DAY - 21, lease=20)
    db.write(processes.beat, asleep, at=clock() - DAY, lease=20)
    assert sweep(db) == 1
    [left] = db.read(processes.glance, dead, at=clock()).others
    assert left.process == asleep


@pytest.mark.parametrize("days", [2, 3])
def test_the_days_are_those_of_the_settings(tmp_path: Path, days: float) -> None:
    with running(tmp_path, store={"keep_days": days}) as app:
        app.follower().say("问")
        app.follower().say("再问")
        move = "UPDATE messages SET arrived_at = arrived_at - :age WHERE id = 1"
        app.huixin.db.write(lambda c: c.execute(move, {"age": days * DAY + 1}).rowcount)
        app.huixin.sweeper.sweep()
        assert app.all("SELECT question FROM messages") == ["再问"]
        assert app.follower().say("问").seen
