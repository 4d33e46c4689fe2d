"""All that is stored is moved to the other engine and back, and every row is as it was."""

import math
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.move import IN_USE, MOVED, NOT_MOVED, main
from fsm import moves
from fsm.transitions import MoveEvent, apply
from store import (
    addresses,
    belonging,
    cool_downs,
    key_values,
    messages,
    moving,
    processes,
    signatures,
    tries,
    voices,
)
from store.database import Connection
from store.errors import StoreInUse
from store.messages import Arrival
from store.opening import engine
from store.place import Url, Where
from store.processes import Process
from store.voices import VoicePart
from tests import migrated
from tests.forking import ran
from tests.postgresql import PostgresServer


def fill(db: Connection, followers: int = 3) -> None:
    """Something in every table; the second message of each follower was erased again."""
    for number in range(followers):
        for which in range(2 * moving.PAGE // followers if number == 0 else 2):
            key = f"{number} {which}"
            arrival = Arrival("gh", f"o-{number}", key, key, "text", f"问\0题 {key} 🙂")
            message, _ = messages.receive(db, arrival, at=1_700_000_000.123456789)
            tries.begin(db, message.id, at=1.0)
            begun = moves.pick_up(db, message, session_seconds=600, at=2.0)
            voices.save_part(db, begun, 0, VoicePart("zh", 3, b"\x00\xff mp3"))
            voices.begin_upload(db, begun, name=key, permanent=True, delete_at=math.inf)
    signatures.use(db, "stamp", "key", at=1.0)
    cool_downs.rest(db, "key", until=5.0, reason="KeyRefused")
    key_values.put(db, "name", "value", expires_at=math.inf)
    addresses.replace(db, ["10.0.0.0/8"])
    db.execute("INSERT INTO pronunciations (message_id, follower_id) VALUES (1, 1)", {})
    db.execute("INSERT INTO invites (code, used) VALUES ('code', 3)", {})
    last = messages.get(db, moving.last(db, moving.TABLES[1]))
    db.execute("DELETE FROM messages WHERE id = :id", {"id": last.id})


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = migrated.at(tmp_path / "huixin.db")
    with engine(path).changing() as db:
        fill(db)
    return path


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[Url]:
    with postgres.database() as url:
        yield Url(url)


def all_of(where: Where) -> dict[str, list[dict[str, object]]]:
    with engine(where).looking() as db:
        return {
            table.name: sorted(
                (moving._told(row) for page in moving.pages(db, table) for row in page), key=repr
            )
            for table in moving.TABLES
        }


def move(source: Where, target: Where) -> int:
    words = [str(where) if isinstance(where, Path) else where.text for where in (source, target)]
    return main(["--from", words[0], "--to", words[1]])


def test_every_table_is_moved_but_that_of_the_processes() -> None:
    kept = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    with closing(migrated.in_memory()) as db:
        tables = {row["name"] for row in db.execute(kept)} - {"migrations", "processes"}
        assert {table.name for table in moving.TABLES} == tables
        for table in moving.TABLES:
            keys = [c["name"] for c in db.execute(f"PRAGMA table_info({table.name})") if c["pk"]]
            assert tuple(keys) == table.key


def test_there_and_back_everything_is_as_it_was(
    full: Path, empty: Url, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = all_of(full)
    assert all(before.values()), "each table is filled"
    assert move(full, empty) == MOVED
    assert all_of(empty) == before
    back = tmp_path / "back.db"
    assert move(empty, back) == MOVED
    assert all_of(back) == before
    said = capsys.readouterr()
    assert str(sum(map(len, before.values()))) in said.out
    assert said.err == ""


def test_no_number_is_given_again(full: Path, empty: Url, tmp_path: Path) -> None:
    with engine(full).looking() as db:
        erased = moving.last(db, moving.TABLES[1]) + 1
    move(full, empty)
    move(empty, tmp_path / "back.db")
    for where in (empty, tmp_path / "back.db"):
        with engine(where).changing() as db:
            arrival = Arrival("gh", "o-new", "new", "new", "text", "hello")
            message, _ = messages.receive(db, arrival, at=1.0)
            assert message.id > erased
            learned: dict[str, object] = {"reply": "."}
            apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=1.0, learned=learned)


def test_where_it_was_interrupted_it_goes_on_and_nobody_serves_a_half(
    full: Path, empty: Url, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, pages = moving.add, 0

    def interrupted(target: Connection, table: moving.MovedTable, rows: list[object]) -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise KeyboardInterrupt
        add(target, table, rows)

    monkeypatch.setattr(moving, "add", interrupted)
    assert move(full, empty) == 130
    monkeypatch.undo()
    with closing(engine(empty).open()) as db, pytest.raises(StoreInUse, match=str(full)):
        db.write(belonging.claim, mode="live", appids=[])
    assert move(full, empty) == MOVED
    assert all_of(empty) == all_of(full)
    with closing(engine(empty).open()) as db:
        db.write(belonging.claim, mode="live", appids=[])


def test_what_is_not_empty_is_left_alone(
    full: Path, empty: Url, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine(empty).changing() as db:
        key_values.put(db, "theirs", "value", expires_at=math.inf)
    assert move(full, empty) == NOT_MOVED
    assert "not empty" in capsys.readouterr().err


def test_a_row_that_is_not_as_it_was_is_told_of(
    full: Path, empty: Url, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    end = moving.compare

    def spoilt(target: Connection, table: moving.MovedTable, rows: list[object]) -> None:
        if table.name == "history":
            with engine(empty).changing() as db:
                db.execute("UPDATE history SET text = 'other' WHERE id = 2", {})
            with engine(empty).looking() as db:
                end(db, table, rows)
        end(target, table, rows)

    monkeypatch.setattr(moving, "compare", spoilt)
    assert move(full, empty) == NOT_MOVED
    assert "history 2 is not there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "named", ["mysql://u:p@h/db", "postgres//h/db", "Postgresql://h/db", "sqlite:///x"]
)
def test_an_address_of_another_kind_is_no_file(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--from", "huixin.db", "--to", named])
    assert ended.value.code == 2
    assert "--to: expected the name of a file, or an address like postgresql://" in (
        told := capsys.readouterr().err
    )
    assert named not in told, "there may be a password in it"
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_moved_beside_a_server(
    full: Path, empty: Url, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine(full).changing() as db:
        processes.beat(db, Process.current(), at=1.0, lease=20.0)
    assert move(full, empty) == IN_USE
    assert Process.current().name in capsys.readouterr().err


def test_who_is_still_there_on_another_host_is_told_of_with_how_long_to_wait(
    full: Path, empty: Url, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine(full).changing() as db:
        at = engine(full).now(db)
        processes.beat(db, Process("far/42/1", "far", 42), at=at, lease=20.0)
    assert move(full, empty) == IN_USE
    told = capsys.readouterr().err
    assert "far/42, which is process 42 of the machine far" in told
    assert "try again in 20 s" in told


def test_what_is_half_filled_from_one_is_not_filled_from_another(
    full: Path, empty: Url, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine(empty).changing() as db:
        moving.begin(db, "postgresql://***@host/first")
    assert move(full, empty) == NOT_MOVED
    assert "half filled from postgresql://***@host/first" in capsys.readouterr().err


THERE = 3 * moving.PAGE  # rows of one table, when a move is killed
MANY = 2 * THERE


@pytest.fixture
def large(full: Path) -> Path:
    with engine(full).changing() as db:
        rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :many)"
        insert = f"""
            INSERT INTO tries (message_id, number, arrived_at) {rows} SELECT 1, x + 1, x FROM n
        """
        db.execute(insert, {"many": MANY})
    return full


# It ends as with a loss of power, with one more page that was added and is not saved yet.
KILLED_HALFWAY = f"""
import os, runpy, signal
from store import moving

add, added = moving.add, 0

def killed(target, table, rows):
    global added
    add(target, table, rows)
    if table.name == "tries":
        added += len(rows)
        if added > {THERE}:
            os.kill(os.getpid(), signal.SIGKILL)

moving.add = killed
runpy.run_module("store.move", run_name="__main__")
"""


def killed_halfway(source: Where, target: Where) -> None:
    """Run the program, which is killed when some rows are there."""
    names = [str(where) if isinstance(where, Path) else where.text for where in (source, target)]
    ended = ran("-c", KILLED_HALFWAY, "--from", names[0], "--to", names[1])
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    tries = next(table for table in moving.TABLES if table.name == "tries")
    with engine(target).looking() as db:
        assert moving.count(db, tries) == THERE


def test_a_move_that_is_killed_halfway_is_gone_on_with_and_so_is_the_way_back(
    large: Path, empty: Url, tmp_path: Path
) -> None:
    before, back = all_of(large), tmp_path / "back.db"
    for source, target in ((large, empty), (empty, back)):
        killed_halfway(source, target)
        with closing(engine(target).open()) as db, pytest.raises(StoreInUse, match="half filled"):
            db.write(belonging.claim, mode="live", appids=[])
        assert move(source, target) == MOVED
        assert all_of(target) == before
    assert all_of(large) == before
