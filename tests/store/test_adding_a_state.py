"""A state is added as docs/how-it-works.md tells: the statements that are tried stand there."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from store.postgresql.address import Address
from store.postgresql.migrations import SCRIPTS
from store.postgresql.migrations import migrate as migrate_postgresql
from store.postgresql.opening import connect as connect_postgresql
from store.sqlite.migrations import migrate
from store.sqlite.opening import connect
from tests import migrated
from tests.conftest import MIGRATIONS, ROOT
from tests.store.test_schemas import is_harmless, statements

FOLLOWER = "INSERT INTO followers (id, account, open_id) VALUES (1, 'gh_1', 'o1')"
MESSAGE = """
    INSERT INTO messages (follower_id, dedup_key, kind, question, arrived_at, state)
    VALUES (1, '{state}', 'text', '?', 0, '{state}')
"""
KEPT = "SELECT state FROM messages ORDER BY state"


def told(page: str) -> dict[str, str]:
    """The statements that a page tells, by the folder that they are for."""
    _, *blocks = (ROOT / page).read_text(encoding="utf-8").split("```sql\n-- ")
    scripts = (block.partition("```")[0].partition("\n") for block in blocks)
    return {folder: script for folder, _, script in scripts}


def with_another(folder: Path, tmp_path: Path) -> Path:
    """A copy of the scripts, and the one that is told."""
    scripts = shutil.copytree(folder, tmp_path / "scripts")
    its = told("docs/en/how-it-works.md")[f"{folder.relative_to(ROOT)}/"]
    (scripts / "9999_another_state.sql").write_text(its, encoding="utf-8")
    return scripts


def test_both_languages_tell_the_same_statements() -> None:
    assert told("docs/how-it-works.md") == told("docs/en/how-it-works.md")


@pytest.mark.parametrize("folder", [MIGRATIONS, SCRIPTS], ids=["sqlite", "postgresql"])
def test_what_is_told_is_allowed_in_a_script(folder: Path, tmp_path: Path) -> None:
    added = statements(with_another(folder, tmp_path) / "9999_another_state.sql")
    assert added and all(map(is_harmless, added))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[sqlite3.Connection]]:
    """Connections to one file, all of which have read its schema."""
    path = migrated.at(tmp_path / "huixin.db")
    connections = [connect(path, "rw", wait=5) for _ in range(2)]
    connections[0].execute(FOLLOWER)
    connections[1].execute(MESSAGE.format(state="RECEIVED"))
    yield connections
    for connection in connections:
        connection.close()


def test_sqlite_takes_another_word_on_every_connection(
    opened: list[sqlite3.Connection], tmp_path: Path
) -> None:
    migrate(opened[0], with_another(MIGRATIONS, tmp_path))
    for connection in opened:
        connection.execute(MESSAGE.format(state="CHECKING"))
        with pytest.raises(sqlite3.IntegrityError, match="state IN"):
            connection.execute(MESSAGE.format(state="OTHER"))
        assert [row["state"] for row in connection.execute(KEPT)] == ["CHECKING", "RECEIVED"]
        connection.execute("DELETE FROM messages WHERE state = 'CHECKING'")
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_postgresql_takes_another_word(url: str, tmp_path: Path) -> None:
    with closing(connect_postgresql(Address.of(url))) as db:
        db.execute(FOLLOWER.encode())
        db.execute(MESSAGE.format(state="RECEIVED").encode())
        migrate_postgresql(db, with_another(SCRIPTS, tmp_path))
        db.execute(MESSAGE.format(state="CHECKING").encode())
        with pytest.raises(psycopg.errors.CheckViolation, match="messages_state_check"):
            db.execute(MESSAGE.format(state="OTHER").encode())
        assert [row["state"] for row in db.execute(KEPT.encode())] == ["CHECKING", "RECEIVED"]
