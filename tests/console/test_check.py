"""`python -m store.check`: sound, or damaged, in one line and an exit code."""

import subprocess
from pathlib import Path

import pytest

from console.check import DAMAGED, NOT_READ, SOUND, WRONG_USAGE
from tests.console.backing_up import spoil
from tests.forking import ran
from tests.running import running
from tests.store.test_soundness import filled


def check(*words: object) -> subprocess.CompletedProcess[str]:
    return ran("-m", "store.check", *map(str, words))


def test_a_database_in_use_is_sound(tmp_path: Path) -> None:
    with running(tmp_path):
        done = check("--db", tmp_path / "huixin.db")
    assert done.returncode == SOUND, done.stderr
    assert done.stdout.endswith("bytes, sound\n")


def test_a_damaged_one_is_told_of_in_one_line(tmp_path: Path) -> None:
    spoil(filled(tmp_path / "huixin.db"))
    done = check("--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (DAMAGED, 1)
    assert "restore a backup" in done.stderr


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100], ids=["empty", "text"])
def test_what_is_no_database_of_ours_is_not_sound(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "huixin.db").write_bytes(content)
    done = check("--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (DAMAGED, 1)


def test_one_that_is_not_there_is_not_called_damaged(tmp_path: Path) -> None:
    done = check("--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (NOT_READ, 1)
    assert not (tmp_path / "huixin.db").exists()


def test_settings_that_do_not_say_where_are_wrong_usage(tmp_path: Path) -> None:
    done = check("--config", tmp_path / "none.yml")
    assert (done.returncode, done.stderr.count("\n")) == (WRONG_USAGE, 1)
