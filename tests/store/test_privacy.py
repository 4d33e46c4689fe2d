"""What is stored is for its owner: what the server makes, and what it finds is told of."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import key_values
from store.sqlite.database import SqliteDatabase
from tests import migrated
from tests.conftest import MIGRATIONS


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Nothing is kept from others by itself."""
    before = os.umask(0)
    yield
    os.umask(before)


def opened(path: Path, *, checked: bool = False) -> SqliteDatabase:
    return SqliteDatabase(path, migrations=MIGRATIONS, checked=checked)


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_made_is_for_the_owner_alone(tmp_path: Path) -> None:
    db = opened(tmp_path / "var" / "deeper" / "huixin.db")
    db.write(key_values.put, "a", "b", expires_at=1e12)
    made = {path.name: rights(path) for path in db.path.parent.iterdir()}
    assert made == {"huixin.db": 0o600, "huixin.db-wal": 0o600, "huixin.db-shm": 0o600}
    assert rights(tmp_path / "var") == rights(tmp_path / "var" / "deeper") == 0o700
    db.close()


def test_what_is_private_is_not_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened(tmp_path / "huixin.db").close()
    opened(tmp_path / "huixin.db").close()
    assert caplog.messages == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_told_of_and_left_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    path = migrated.at(tmp_path / "huixin.db")
    path.chmod(mode)
    opened(path).close()
    assert "event=open_to_others" in caplog.text
    assert f"chmod 600 {path}" in caplog.text
    assert rights(path) == mode


def test_a_folder_in_which_others_may_put_files_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(0o777)
    opened(folder / "huixin.db").close()
    assert f"chmod go-w {folder}" in caplog.text


def test_of_several_workers_the_first_says_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = migrated.at(tmp_path / "huixin.db")
    path.chmod(0o644)
    opened(path, checked=True).close()
    assert caplog.messages == []
