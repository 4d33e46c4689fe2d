"""`python -m store.backup --restore`: back to a copy, with nothing lost and nothing mixed."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from console.backup import DONE, IN_USE, NO_DATABASE, NOT_MADE
from store import processes
from store.processes import Process
from tests import migrated
from tests.console.backing_up import back_up, killed_having_saved, restore, saved, spoil
from tests.running import running


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One whose server was killed, its last words still in the log beside it."""
    path = migrated.at(tmp_path / "huixin.db")
    killed_having_saved(path, "Monday")
    assert back_up(tmp_path / "monday.db", "--db", path).returncode == DONE
    killed_having_saved(path, "Tuesday")
    return path


def aside(database: Path) -> Path:
    """The one file that was put aside."""
    [path] = database.parent.glob("huixin.db.aside-????????-??????")
    return path


def beside(database: Path) -> list[str]:
    """What SQLite would take for its own."""
    ends = ("-wal", "-shm", "-journal")
    return [end for end in ends if Path(f"{database}{end}").exists()]


def test_a_server_goes_on_from_the_backup_and_what_was_there_is_kept(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="好。")
        app.follower().say("问", msg_id="77")
        back_up(tmp_path / "backups" / "monday.db", "--db", tmp_path / "huixin.db")
        app.follower().say("再问", msg_id="78")
    done = restore(tmp_path / "backups" / "monday.db", "--db", tmp_path / "huixin.db")
    assert (done.returncode, done.stderr) == (DONE, "")
    now, before, then = done.stdout.splitlines()
    assert f"{tmp_path}/huixin.db: now what {tmp_path}/backups/monday.db holds" in now
    assert str(aside(tmp_path / "huixin.db")) in before
    assert "Start the server" in then
    with running(tmp_path) as app:
        assert app.all("SELECT msg_id FROM messages") == ["77"]
        assert app.follower().say("问", msg_id="77").seen == "好。"
        assert app.model.asked == []
    with closing(sqlite3.connect(aside(tmp_path / "huixin.db"))) as old:
        assert old.execute("SELECT msg_id FROM messages").fetchall() == [("77",), ("78",)]


def test_the_log_of_the_old_database_stays_with_it(database: Path, tmp_path: Path) -> None:
    assert restore(tmp_path / "monday.db", "--db", database).returncode == DONE
    assert beside(database) == []
    assert saved(database) == "Monday"
    assert saved(aside(database)) == "Tuesday"
    assert saved(tmp_path / "monday.db") == "Monday", "it can be gone back to once more"


def test_it_can_be_read_by_its_owner_only_who_is_whose_the_old_one_was(
    database: Path, tmp_path: Path
) -> None:
    owner = (12345, 12345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(database, *owner)
    assert restore(tmp_path / "monday.db", "--db", database).returncode == DONE
    found = database.stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o600, *owner)


def test_nothing_is_changed_while_a_server_runs_on_it(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="好。")
        back_up(tmp_path / "monday.db", "--db", tmp_path / "huixin.db")
        before = (tmp_path / "huixin.db").stat().st_ino
        done = restore(tmp_path / "monday.db", "--db", tmp_path / "huixin.db")
        assert (done.returncode, done.stderr.count("\n")) == (IN_USE, 1)
        assert f"the server {app.process.name} runs on it: stop it first" in done.stderr
        assert (tmp_path / "huixin.db").stat().st_ino == before
        assert app.follower().say("还在吗").seen == "好。"


def test_nor_while_any_other_program_has_it_open(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as shell:
        shell.execute("SELECT count(*) FROM facts").fetchall()
        done = restore(tmp_path / "monday.db", "--db", database)
    assert done.returncode == IN_USE
    assert "a program has it open" in done.stderr
    assert saved(database) == "Tuesday"


def test_nor_while_what_has_it_open_has_damaged_it(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as shell:
        shell.execute("SELECT count(*) FROM facts").fetchall()
        # By a process of its own: to close a file takes back the locks that one has on it.
        subprocess.run(["sh", "-c", 'echo no database at all > "$1"', "sh", database], check=True)
        assert restore(tmp_path / "monday.db", "--db", database).returncode == IN_USE


def test_a_server_of_another_host_is_believed_until_its_time_is_over(
    database: Path, tmp_path: Path
) -> None:
    elsewhere = Process("elsewhere/7/100", "elsewhere", 7)
    for heard_at, code in ((time.time(), IN_USE), (time.time() - 100, DONE)):
        with closing(sqlite3.connect(database)) as db, db:
            processes.beat(db, elsewhere, at=heard_at, lease=50)
        done = restore(tmp_path / "monday.db", "--db", database)
        assert done.returncode == code
        assert ("elsewhere/7, on another host" in done.stderr) == (code == IN_USE)


@pytest.mark.parametrize("how", ["broken", "emptied", "no database", "gone"])
def test_a_backup_takes_the_place_of_whatever_is_left(
    database: Path, tmp_path: Path, how: str
) -> None:
    left = {"emptied": b"", "no database": b"no database at all" * 1000}
    if how == "gone":
        database.unlink()
    elif how == "broken":
        spoil(database)
    else:
        database.write_bytes(left[how])
    done = restore(tmp_path / "monday.db", "--db", database)
    assert done.returncode == DONE, done.stderr
    assert beside(database) == [], "a log there would be mixed into it"
    assert saved(database) == "Monday"


def test_on_a_new_machine_there_need_be_no_folder(database: Path, tmp_path: Path) -> None:
    there = tmp_path / "var" / "huixin.db"
    done = restore(tmp_path / "monday.db", "--db", there)
    assert done.returncode == DONE, done.stderr
    assert len(done.stdout.splitlines()) == 2, "nothing was put aside"
    assert saved(there) == "Monday"
    assert there.parent.stat().st_mode & 0o777 == 0o700


def test_what_a_link_leads_to_is_replaced_and_not_the_link(database: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(database)
    assert restore(tmp_path / "monday.db", "--db", link).returncode == DONE
    assert link.is_symlink()
    assert saved(database) == "Monday"


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100], ids=str)
def test_without_a_sound_backup_nothing_is_changed(
    database: Path, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "bad.db").write_bytes(content)
    done = restore(tmp_path / "bad.db", "--db", database)
    assert (done.returncode, done.stderr.count("\n")) == (NO_DATABASE, 1)
    assert ("no SQLite database" in done.stderr) == bool(content)
    assert saved(database) == "Tuesday"
    assert not list(tmp_path.glob("*aside*"))


def test_a_backup_of_a_newer_version_is_refused(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "monday.db")) as db, db:
        db.execute("INSERT INTO migrations (name, at) VALUES ('9999_future.sql', 'later')")
    done = restore(tmp_path / "monday.db", "--db", database)
    assert done.returncode == NO_DATABASE
    assert "9999_future.sql" in done.stderr
    assert saved(database) == "Tuesday"


def test_the_database_itself_is_no_backup(database: Path) -> None:
    done = restore(database, "--db", database)
    assert (done.returncode, done.stderr.count("\n")) == (NOT_MADE, 1)
    assert saved(database) == "Tuesday"


def test_a_disk_without_room_changes_nothing(database: Path, tmp_path: Path) -> None:
    done = restore(tmp_path / "monday.db", "--db", database, files="80")
    assert (done.returncode, done.stderr.count("\n")) == (NOT_MADE, 1)
    assert saved(database) == "Tuesday"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
