"""`python -m store.backup`: one sound file, also while the server writes, or a clear word."""

import sqlite3
from pathlib import Path

import gevent
import pytest

from console.backup import DONE, NO_DATABASE, NOT_MADE, WRONG_USAGE
from tests import migrated
from tests.console.backing_up import back_up, killed_having_saved, saved, spoil
from tests.running import Running, running


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


def test_a_folder_that_is_not_there_is_made_for_its_owner_only(tmp_path: Path) -> None:
    migrated.at(tmp_path / "huixin.db")
    done = back_up(tmp_path / "backups" / "2026" / "monday.db", "--db", tmp_path / "huixin.db")
    assert done.returncode == DONE, done.stderr
    for folder in (tmp_path / "backups", tmp_path / "backups" / "2026"):
        assert folder.stat().st_mode & 0o777 == 0o700, "what people wrote is in it"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    migrated.at(tmp_path / "huixin.db")
    (tmp_path / "backups").write_text("a file")
    done = back_up(tmp_path / "backups" / "monday.db", "--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr.count("\n")) == (NOT_MADE, 1)
    assert str(tmp_path / "backups") in done.stderr


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
    done = back_up(tmp_path / "copy.db", "--db", tmp_path / "huixin.db", files="80")
    assert done.returncode == NOT_MADE
    assert "the copy cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir() if "copy" in p.name) == []


def test_what_a_killed_server_had_committed_is_in_the_copy(tmp_path: Path) -> None:
    source = migrated.at(tmp_path / "huixin.db")
    killed_having_saved(source, "the last word")
    assert back_up(tmp_path / "copy.db", "--db", source).returncode == DONE
    assert saved(tmp_path / "copy.db") == "the last word"
