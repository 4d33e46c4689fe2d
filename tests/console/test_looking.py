"""A look harms nothing, and no view walks everything."""

import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from console.views import attention, conversation, life, listing, lookup, statistics
from console.views.conversation import ModelContext
from console.views.listing import Filter
from store import messages
from store.errors import StoreUnavailable
from store.messages import Arrival, State
from store.sqlite.database import SqliteDatabase
from store.sqlite.visiting import looking
from store.unread import UNREAD
from tests.conftest import MIGRATIONS, ROOT
from tests.console.story import HOUR, NOW, Story
from tests.console.terminal import run


def test_looking_changes_nothing_and_cannot(story: Story) -> None:
    story.tells("hello", "hi")
    with looking(story.path, MIGRATIONS) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM messages")
    with (
        pytest.raises(StoreUnavailable, match="read-only"),
        looking(story.path, MIGRATIONS) as db,
    ):
        db.execute("DELETE FROM messages")
    assert story.db.execute("SELECT count(*) FROM messages").fetchone()[0] == 1


def test_a_server_writes_on_while_somebody_looks(db: SqliteDatabase) -> None:
    arrival = Arrival("gh", "o-anna", "gh 1", "1", "text", "hello")
    db.write(messages.receive, arrival, at=NOW)
    with looking(db.path, MIGRATIONS) as connection:
        before = listing.look(connection, Filter(), texts=False)
        db.write(messages.receive, replace(arrival, dedup_key="gh 2"), at=NOW)
        assert listing.look(connection, Filter(), texts=False) == before, "one moment"
    with looking(db.path, MIGRATIONS) as connection:
        assert len(listing.look(connection, Filter(), texts=False)) == 2


def test_what_a_killed_server_left_can_be_looked_at(story: Story, tmp_path: Path) -> None:
    story.says("hello")
    left = tmp_path / "left"
    left.mkdir()
    for file in (story.path, story.path.with_name("huixin.db-wal")):
        (left / file.name).write_bytes(file.read_bytes())
    assert "1 unfinished" in run(left / "huixin.db").stdout


def test_the_database_of_a_server_that_was_stopped_can_be_looked_at(db: SqliteDatabase) -> None:
    db.write(messages.receive, Arrival("gh", "o", "gh 1", "1", "text", "hello"), at=NOW)
    db.close()
    assert not db.path.with_name("huixin.db-wal").exists()
    assert "1 unfinished" in run(db.path).stdout


def test_it_starts_without_the_server_s_libraries() -> None:
    heavy = "{'gevent', 'requests', 'yaml', 'pydantic', 'rich.console', 'integrations'}"
    program = f"import sys, store.inspect; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


# No view walks everything

SMALL_INDEXES = "messages_unfinished|messages_failed|messages_uncollected"
EVERYTHING = re.compile(
    rf"SCAN (messages|moves|tries)\b(?! USING (COVERING )?INDEX ({SMALL_INDEXES})\b)"
)


def every_view(db: sqlite3.Connection) -> None:
    attention.look(db, at=NOW, limit=20)
    for state in (None, *State):
        for follower_id in (None, 1):
            for since in (0.0, NOW - 10):
                wanted = Filter(state, follower_id, since)
                listing.look(db, wanted, texts=True)
    life.look(db, lookup.message_id(db, "24000000000000001"), at=NOW, texts=True)
    follower_id = lookup.follower_id(db, "o-anna")
    conversation.look(db, follower_id, lambda _: ModelContext(), at=NOW, limit=20, texts=True)
    statistics.look(db, since=NOW - HOUR, at=NOW, limit=100)


def test_no_view_walks_all_messages_moves_or_tries(story: Story) -> None:
    story.tells("hello", "hi")
    story.says("stuck")
    statements: set[str] = set()
    story.db.set_trace_callback(statements.add)
    every_view(story.db)
    story.db.set_trace_callback(None)
    assert len(statements) > 20
    walks = [
        (row["detail"], statement)
        for statement in statements
        for row in story.db.execute(f"EXPLAIN QUERY PLAN {statement}")
        if EVERYTHING.search(row["detail"])
    ]
    assert not walks


@pytest.mark.parametrize(
    ("index", "select"),
    [
        ("messages_failed", "SELECT id FROM messages WHERE state = 'FAILED' AND settled_at > 0"),
        ("messages_by_msg_id", "SELECT id FROM messages WHERE msg_id = '1'"),
        (
            "messages_uncollected",
            f"SELECT id FROM messages WHERE {UNREAD} AND settled_at > 0",
        ),
    ],
)
def test_each_index_is_there_for_a_view(story: Story, index: str, select: str) -> None:
    plan = [row["detail"] for row in story.db.execute(f"EXPLAIN QUERY PLAN {select}")]
    assert any(index in detail for detail in plan)
