"""`python -m store.backup`: one sound file, also while the server writes, or a clear word."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from console.backup import DONE, NO_DATABASE, NOT_MADE, WRONG_USAGE
from tests.conftest import ROOT
from tests.running import Running, running


def back_up(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "store.backup", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def test_a_copy_made_while_the_server_writes_holds_what_was_answered_by_then(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as app:
        app.model.always(text="好。")
        assert app.follower().say("先").seen == "好。"
        busy = gevent.spawn(chat_on, app)
        done = back_up(tmp_path / "copy.db", "--db", tmp_path / "huixin.db")
        busy.kill()
        assert done.returncode == DONE, done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'copy.db'}: ")
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT state FROM messages ORDER BY id").fetchone() == ("REPLIED",)
    copy.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600, "it holds what people wrote"
    assert sorted(p.name for p in tmp_path.iterdir() if "copy" in p.name) == ["copy.db"]


def chat_on(app: Running) -> None:
    while True:
        app.follower("o-busy").say("再")


def test_a_server_goes_on_from_a_copy(tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    with running(tmp_path) as app:
        app.model.always(text="好。")
        app.follower().say("问", msg_id="77")
        back_up(tmp_path / "restored" / "huixin.db", "--db", tmp_path / "huixin.db")
    with running(tmp_path / "restored") as app:
        assert app.follower().say("问", msg_id="77").seen == "好。"
        assert app.model.asked == []


def test_what_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    with running(tmp_path):
        done = back_up(tmp_path / "there", "--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (NOT_MADE, 1)
    assert (tmp_path / "there").read_text() == "kept"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with running(tmp_path):
        done = back_up(tmp_path / "no" / "copy.db", "--db", tmp_path / "huixin.db")
    assert done.returncode == NOT_MADE
    assert str(tmp_path / "no") in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100], ids=str)
def test_without_a_sound_database_there_is_no_copy(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "huixin.db").write_bytes(content)
    done = back_up(tmp_path / "copy.db", "--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (NO_DATABASE, 1)
    assert not (tmp_path / "copy.db").exists()


def test_a_broken_database_is_not_passed_on_as_sound(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="好。" * 400)
        for number in range(30):
            app.follower(f"o-{number}").say("问")
    spoil(tmp_path / "huixin.db")
    done = back_up(tmp_path / "copy.db", "--db", tmp_path / "huixin.db")
    assert done.returncode == NO_DATABASE
    assert "restore a backup" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir() if "copy" in p.name) == []


def spoil(database: Path) -> None:
    """Overwrite the middle of the file, as a dying disk would."""
    with database.open("r+b") as file:
        size = os.path.getsize(database)
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 4)


def test_settings_that_do_not_say_where_are_wrong_usage(tmp_path: Path) -> None:
    done = back_up(tmp_path / "copy.db", "--config", tmp_path / "none.yml")
    assert (done.returncode, done.stderr.count("\n")) == (WRONG_USAGE, 1)


def test_nothing_that_was_erased_is_in_the_copy(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="回答里的秘密。")
        app.follower().say("问题里的秘密")
        app.follower().send_event("unsubscribe")
        assert back_up(tmp_path / "copy.db", "--db", tmp_path / "huixin.db").returncode == DONE
    assert "秘密".encode() not in (tmp_path / "copy.db").read_bytes()


def test_a_disk_without_room_for_the_copy_is_not_blamed_on_the_database(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    command = f"ulimit -f 80; exec {sys.executable} -m store.backup {tmp_path}/copy.db"
    done = subprocess.run(
        ["sh", "-c", f"{command} --db {tmp_path}/huixin.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == NOT_MADE
    assert "the copy cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir() if "copy" in p.name) == []


def test_what_a_killed_server_had_committed_is_in_the_copy(tmp_path: Path) -> None:
    source = tmp_path / "huixin.db"
    commit_and_die = (
        "import sqlite3, os\n"
        f"db = sqlite3.connect({str(source)!r})\n"
        "db.execute('PRAGMA journal_mode = WAL')\n"
        "db.execute('CREATE TABLE migrations (name TEXT)')\n"
        "db.execute('INSERT INTO migrations VALUES (1)')\n"
        "db.commit()\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", commit_and_die], check=False)
    assert (tmp_path / "huixin.db-wal").stat().st_size, "not in the file itself yet"
    assert back_up(tmp_path / "copy.db", "--db", source).returncode == DONE
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT name FROM migrations").fetchall() == [("1",)]
    copy.close()
