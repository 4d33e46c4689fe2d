"""A damaged file is refused at the start, a lost one is noticed, and an outage is not shouted."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from sandbox.follower import GREY_LINE
from settings.log.throttle import LogThrottle
from store import key_values, processes
from store.database import Connection
from store.errors import StoreDamaged, StoreError, StoreGone, StoreUnavailable
from store.opening import engine
from store.sqlite import checkpoints, committing
from store.sqlite.database import SqliteDatabase
from store.sqlite.database_file import DatabaseFile
from tests.conftest import MIGRATIONS, Clock
from tests.forking import Forked
from tests.running import Running, running

PAGE = 4096  # bytes


@pytest.fixture
def app(tmp_path: Path, brisk: None) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def filled(path: Path) -> Path:
    """A database with some hundred pages, closed."""
    db = SqliteDatabase(path, migrations=MIGRATIONS)

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(500):
            key_values.put(connection, f"fact {number}", "x" * 1000, expires_at=1e12)

    db.write(fill)
    db.close()
    return path


def damaged(path: Path) -> Path:
    """The same with nonsense in the middle, which opening it does not meet."""
    with filled(path).open("r+b") as file:
        file.seek(path.stat().st_size // 2 // PAGE * PAGE)
        file.write(b"\xa5" * 20 * PAGE)
    return path


def test_a_damaged_file_is_refused_though_it_opens(tmp_path: Path) -> None:
    path = damaged(tmp_path / "huixin.db")
    with pytest.raises(StoreDamaged, match="restore a backup") as refused:
        SqliteDatabase(path, migrations=MIGRATIONS)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_somebody_checked_is_not_read_again(tmp_path: Path) -> None:
    path = damaged(tmp_path / "huixin.db")
    SqliteDatabase(path, migrations=MIGRATIONS, checked=True).close()


def test_the_log_says_that_the_file_is_checked_and_how_large_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = filled(tmp_path / "huixin.db")
    caplog.clear()
    SqliteDatabase(path, migrations=MIGRATIONS).close()
    assert f"megabytes={path.stat().st_size / 1e6:.1f}" in caplog.text


@pytest.mark.parametrize("died", [True, False])
def test_a_file_that_was_cut_to_nothing_is_no_new_store(tmp_path: Path, died: bool) -> None:
    """And its log stays as it is: it may be all that there is."""
    path = filled(tmp_path / "huixin.db")
    log = path.with_name("huixin.db-wal")
    if died:
        log.write_bytes(b"something")
    os.truncate(path, 0)
    with pytest.raises(StoreDamaged, match="is empty: restore a backup, or delete it"):
        SqliteDatabase(path, migrations=MIGRATIONS)
    assert log.exists() is died
    path.unlink()
    SqliteDatabase(path, migrations=MIGRATIONS).close()


def test_a_file_that_was_cut_to_nothing_is_put_aside_with_its_log(tmp_path: Path) -> None:
    backup = filled(tmp_path / "backup.db")
    (path := tmp_path / "huixin.db").touch()
    (tmp_path / "huixin.db-wal").write_bytes(b"something")
    aside = engine(path).restore(backup, at=1e9).aside
    assert aside and Path(f"{aside}-wal").read_bytes() == b"something"
    SqliteDatabase(path, migrations=MIGRATIONS).close()


def test_two_that_make_the_file_at_once_open_the_same_one(tmp_path: Path) -> None:
    path = tmp_path / "var" / "huixin.db"
    made = [gevent.spawn(SqliteDatabase, path, migrations=MIGRATIONS) for _ in range(4)]
    first, *others = [one.get() for one in made]
    first.write(key_values.put, "a", "b", expires_at=1e12)
    assert all(db.read(key_values.get, "a", at=0.0) for db in others)
    for db in [first, *others]:
        db.close()
    assert [file.name for file in path.parent.iterdir()] == ["huixin.db"]


CONFIG = """
mode: live
server: {{port: 0, stop_seconds: 0.5, workers: {workers}}}
store: {{path: "{path}"}}
wechat: {{token: atoken}}
openai: {{api_keys: ["sk-one"], base_url: "http://127.0.0.1:9"}}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_does_not_start_on_a_damaged_file(tmp_path: Path, workers: int) -> None:
    config = tmp_path / "config.yml"
    path = damaged(tmp_path / "huixin.db")
    config.write_text(CONFIG.format(path=path, workers=workers), encoding="utf-8")
    log = tmp_path / "log"
    with log.open("wb") as out:
        assert Forked("server.py", "--config", str(config), log=out).wait(60) == 1
    said = log.read_text(encoding="utf-8")
    assert "restore a backup" in said
    assert "Traceback" not in said
    assert "event=listening" not in said


def test_damage_that_only_carrying_the_log_over_meets_is_fatal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is too short for what its log says of it, and nobody looked at it since."""
    db = SqliteDatabase(filled(tmp_path / "huixin.db"), migrations=MIGRATIONS)
    monkeypatch.setattr(DatabaseFile, "check", lambda _: None)
    monkeypatch.setattr(DatabaseFile, "is_kept", lambda _: True)
    db.write(lambda connection: connection.execute("PRAGMA user_version = 7") and None)
    os.truncate(db.path, PAGE)
    monkeypatch.setattr(checkpoints, "LEAST", PAGE)
    monkeypatch.setattr(checkpoints, "BEGIN_AT", PAGE)
    db.write(lambda connection: connection.execute("PRAGMA user_version = 8") and None)
    with pytest.raises(StoreDamaged), gevent.Timeout(10):
        while True:
            db.check_place()
            gevent.sleep(0.01)
    db.close()


def test_a_file_in_its_place_is_not_missed(db: SqliteDatabase) -> None:
    db.check_place()
    db.write(key_values.put, "a", "b", expires_at=1e12)
    db.check_place()


def test_a_deleted_file_is_missed(db: SqliteDatabase) -> None:
    db.path.unlink()
    with pytest.raises(StoreGone, match="deleted"):
        db.check_place()


def test_a_replaced_file_is_missed(db: SqliteDatabase) -> None:
    copy = db.path.with_name("copy.db")
    shutil.copy(db.path, copy)
    copy.replace(db.path)
    with pytest.raises(StoreGone, match="replaced"):
        db.check_place()


def test_a_server_whose_file_was_deleted_gives_up_at_once(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    app.model.will(text="太晚了。", after=30)
    asked = gevent.spawn(app.follower(tries=1).say, "问")
    (app.folder / "huixin.db").unlink()
    assert app.huixin.heartbeat.lost.wait(10), "within a beat or two"
    assert "event=database_gone" in caplog.text
    asked.get()
    app.stop()
    assert not (app.folder / "huixin.db").exists(), "nothing is made in its place"
    app.start()


def wait_for(caplog: pytest.LogCaptureFixture, words: str) -> None:
    with gevent.Timeout(20):
        while words not in caplog.text:
            gevent.sleep(0.05)


def full(app: Running) -> None:
    pages = app.one("PRAGMA page_count")
    app.huixin.db.write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}"))


def roomy(app: Running) -> None:
    app.huixin.db.write(lambda db: db.execute("PRAGMA max_page_count = 1000000"))


def test_on_a_full_disk_tries_stay_unanswered_and_what_was_asked_is_answered_later(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    app.model.always(text="有地方了。")
    full(app)
    words = "很长的问题" * 2000  # more than the pages there are have room for
    fate = app.follower(tries=1).say(words, msg_id="1")
    assert fate.seen == GREY_LINE
    wait_for(caplog, "the disk is full")
    assert not any(record.exc_info for record in caplog.records)
    assert app.one("SELECT count(*) FROM messages") == 0
    roomy(app)
    assert app.follower(tries=1).say(words, msg_id="1").seen == "有地方了。"


def test_a_database_that_became_read_only_leaves_tries_unanswered_until_it_is_not(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    app.model.always(text="又能写了。")
    writer: list[Connection] = []
    app.huixin.db.write(writer.append)
    writer[0].execute("PRAGMA query_only = ON")
    assert app.follower(tries=1).say("问", msg_id="1").seen == GREY_LINE
    wait_for(caplog, 'event=not_stored reason="SQLITE_READONLY')
    assert not any(record.exc_info for record in caplog.records)
    writer[0].execute("PRAGMA query_only = OFF")
    assert app.follower(tries=1).say("问", msg_id="1").seen == "又能写了。"


def test_what_fails_in_a_thread_is_raised_and_not_printed(
    db: SqliteDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(sqlite3.OperationalError):
        db.read(lambda connection: connection.execute("SELECT * FROM nothing"))
    assert capfd.readouterr().err == ""


def test_the_log_says_when_a_locked_database_works_again(
    app: Running, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "BUSY_SECONDS", 0.2)
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None)
    app.huixin.db.write(processes.bury, app.process)  # so that the next beat has to write
    other.execute("BEGIN IMMEDIATE")
    wait_for(caplog, "event=no_heartbeat")
    other.execute("ROLLBACK")
    other.close()
    wait_for(caplog, "event=database_works_again")


def said(throttle: LogThrottle, error: StoreError, event: str = "not_read") -> dict[str, str]:
    """What is written of a complaint; nothing where it is held back."""
    let_through = throttle.let_through(event, {"reason": error})
    return {k: str(v) for k, v in let_through.items() if v is not None} if let_through else {}


def test_the_same_complaint_is_made_now_and_then_with_how_often_it_was_held_back(
    clock: Clock,
) -> None:
    throttle = LogThrottle(every=10, clock=clock)
    locked = StoreUnavailable("locked")
    assert said(throttle, locked) == {"reason": "locked"}
    assert [said(throttle, locked) for _ in range(100)] == [{}] * 100
    clock.forward(10)
    assert said(throttle, locked) == {"reason": "locked", "held_back": "100"}
    clock.forward(10)
    assert said(throttle, locked) == {"reason": "locked"}


def test_other_lines_are_never_held_back(clock: Clock) -> None:
    throttle = LogThrottle(every=10, clock=clock)
    locked = StoreUnavailable("locked")
    assert said(throttle, locked, "one")
    assert said(throttle, locked, "two"), "another complaint"
    gone = StoreGone("deleted")
    assert [bool(said(throttle, gone)) for _ in range(3)] == [True] * 3
