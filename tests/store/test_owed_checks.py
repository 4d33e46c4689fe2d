"""A large database is read as a whole only when there is a reason to, and not while others wait."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from store import key_values, owed_checks
from store.errors import StoreDamaged
from store.sqlite.database import SqliteDatabase
from tests.conftest import MIGRATIONS
from tests.store.test_soundness import damaged, filled


def opened(path: Path, *, checked: bool = False) -> SqliteDatabase:
    """As if the file were a large one."""
    return SqliteDatabase(path, migrations=MIGRATIONS, checked=checked, at_once=0)


def left_open(path: Path) -> Path:
    """What is found of a database after the machine went down."""
    (before := path.with_name("before")).mkdir()
    db = opened(filled(before / "huixin.db"))
    db.write(key_values.put, "last", "words", expires_at=1e12)
    for file in before.iterdir():
        if not file.name.endswith("-shm"):
            shutil.copy(file, path.with_name(file.name))
    db.close()
    return path


def owed(path: Path) -> str | None:
    db = opened(path)
    try:
        return db.read(owed_checks.owed)
    finally:
        db.close()


def test_after_an_end_in_order_nothing_is_owed_and_nothing_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = damaged(tmp_path / "huixin.db")
    caplog.clear()
    assert owed(path) is None, "opened all the same"
    assert "event=checking_database" not in caplog.text


@pytest.mark.parametrize("in_what", ["-wal", "-journal"])
def test_after_an_unclean_end_a_check_is_owed(tmp_path: Path, in_what: str) -> None:
    path = filled(tmp_path / "huixin.db")
    path.with_name(f"{path.name}{in_what}").touch()
    assert owed(path) == "unclean end"


def test_it_is_owed_until_it_is_done_however_often_the_server_starts(tmp_path: Path) -> None:
    path = left_open(tmp_path / "huixin.db")
    assert owed(path) == owed(path) == "unclean end"
    db = opened(path)
    db.write(owed_checks.done)
    db.close()
    assert owed(path) is None


def test_a_worker_s_start_owes_nothing(tmp_path: Path) -> None:
    path = left_open(tmp_path / "huixin.db")
    db = opened(path, checked=True)
    assert db.read(owed_checks.owed) is None
    db.close()


@pytest.mark.parametrize("spoilt", [damaged, filled])
def test_what_was_found_damaged_is_looked_at_before_anything_is_served(
    tmp_path: Path, spoilt: Callable[[Path], Path]
) -> None:
    path = spoilt(tmp_path / "huixin.db")
    db = opened(path)
    db.write(owed_checks.owe, "found damaged")
    db.close()
    if spoilt is damaged:
        with pytest.raises(StoreDamaged, match="restore a backup"):
            opened(path)
    else:
        assert owed(path) is None, "the memory was at fault, or the cable"
