"""On a disk whose every sync takes 50 ms: everything is answered, once, and the loop goes on."""

import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.load import drive, report
from sandbox.processes import TOKEN, free_port, live_config, model_process
from sandbox.processes import running as process
from sandbox.slow_disk import slow_disk
from store.sqlite import checkpoints
from store.sqlite.database import SqliteDatabase
from tests import migrated
from tests.conftest import MIGRATIONS, ROOT
from tests.running import TRY, Running, running

SYNC_MS = 50
MESSAGES = 60


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a disk may be slow, and is not yet."""
    return slow_disk(tmp_path_factory.mktemp("slow_disk"), 0)


def test_a_slow_disk_delays_replies_and_loses_none(tmp_path: Path, shim: dict[str, str]) -> None:
    """`python -m bench.tries --fsync-ms 50` measures by how much."""
    with ExitStack() as stack:
        model, port = stack.enter_context(model_process(tmp_path)), free_port()
        model.answers_after(0.3)
        config = live_config(tmp_path, port, model.port, {"limits": {"turn_seconds": 0}})
        migrated.at(tmp_path / "bench.db")
        command = ["server.py", "--config", str(config)]
        log, environ = tmp_path / "server.log", {**shim, "SLOW_DISK_MS": str(SYNC_MS)}
        stack.enter_context(process("server.py", port, *command, log=log, environ=environ))
        url = f"http://127.0.0.1:{port}/wechat"
        sent = drive(url, TOKEN, rate=100, messages=MESSAGES, followers=MESSAGES)
        result = report(sent, model.ends())
    assert (result.model_calls, result.asked_twice) == (MESSAGES, 0)
    assert all(one.question in (one.fate.reply or "") for one in sent), "each its own answer"
    assert {len(one.fate.tries) for one in sent} == {1}
    late = [overhead >= SYNC_MS for overhead in result.overhead]
    assert sum(late) > 0.9 * MESSAGES, "the disk was slow, and a reply waits until it is saved"


WRITES = """
from gevent import monkey; monkey.patch_all()
import os, sys, gevent
from pathlib import Path
from store.sqlite.database import SqliteDatabase
db = SqliteDatabase(Path(sys.argv[1]), migrations=Path("migrations"))
os.environ["SLOW_DISK_MS"] = "300"
saving = db.write_soon(lambda db: db.execute("INSERT INTO cool_downs VALUES ('a', 1.0, 'b')") and 0)
turns = 0
while not saving.ready():
    gevent.sleep(0.01)
    turns += 1
os.environ["SLOW_DISK_MS"] = "0"
db.close()
print(turns)
"""


def test_the_loop_turns_on_while_the_disk_syncs(tmp_path: Path, shim: dict[str, str]) -> None:
    environ = {**os.environ, **shim}
    command = [sys.executable, "-c", WRITES, str(migrated.at(tmp_path / "huixin.db"))]
    turns = int(subprocess.check_output(command, cwd=ROOT, env=environ, timeout=30))
    assert turns > 3, "a sync in the loop would leave it two"


def test_a_message_that_nothing_comes_before_costs_two_commits_until_its_reply(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as app:
        gevent.sleep(0.3)  # what starting writes is written
        commits = statements(app)
        app.model.will(text="好的。")
        assert app.follower().say("问").seen == "好的。"
        moves = [n for n, text in enumerate(commits) if text.lstrip().startswith("INSERT INTO mov")]
        between = commits[moves[0] : moves[1]]
        assert len(moves) == 2
        received = next(n for n, text in enumerate(commits) if "INSERT INTO messages" in text)
        assert "COMMIT" not in commits[received : moves[0]], "stored and begun in one commit"
        assert "COMMIT" in between, "the model is asked about nothing that is not saved"


def test_a_command_is_answered_in_the_commit_that_stores_it(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        said = statements(app)
        assert "重新开始" in app.follower().say("新对话").seen
        received = next(n for n, text in enumerate(said) if "INSERT INTO messages" in text)
        moved = next(n for n, text in enumerate(said) if "INSERT INTO moves" in text)
        assert "COMMIT" not in said[received:moved]


def test_a_message_waits_for_its_turn_where_an_earlier_reply_is_not_carried_away(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as app:
        app.model.will(text="慢的。", after=0.5 * TRY)
        first = gevent.spawn(app.follower().say, "慢")
        gevent.sleep(0.2 * TRY)
        second = gevent.spawn(app.follower().say, "快")
        gevent.sleep(0.1 * TRY)
        assert states(app) == ["GENERATING", "RECEIVED"]
        gevent.joinall([first, second], raise_error=True)
        assert states(app) == ["REPLIED", "REPLIED"]


def statements(app: Running) -> list[str]:
    """Every statement that the server's writer runs from now on."""
    said: list[str] = []

    def trace(db: Any) -> None:
        db.set_trace_callback(said.append)

    app.huixin.db.write(trace)
    return said


def states(app: Running) -> list[str]:
    return app.all("SELECT state FROM messages ORDER BY id")


def fill(db: sqlite3.Connection, name: str, size: int) -> None:
    upsert = """
        INSERT INTO facts (name, value, expires_at) VALUES (?, ?, 9e9)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
    """
    db.execute(upsert, (name, os.urandom(size // 2).hex()))


def log_of(path: Path) -> int:
    return checkpoints.log_of(path).bytes


def test_the_log_of_a_database_that_rests_now_and_then_stays_short(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
    longest = 0
    for n in range(40):
        db.write(fill, f"fact {n % 7}", 500_000)
        longest = max(longest, log_of(db.path))
        gevent.sleep(0.02)
    assert checkpoints.BEGIN_AT < longest < checkpoints.AT_MOST
    db.close()


def test_the_log_of_a_database_that_never_rests_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "AT_MOST", 4 * checkpoints.BEGIN_AT)
    db = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
    longest = written = 0
    while written < 3.5 * checkpoints.AT_MOST:
        for n in range(3):
            db.write_soon(fill, f"fact {n}", 500_000)
        db.write(fill, "fact 3", 500_000)
        written += 4 * 500_000
        longest = max(longest, log_of(db.path))
    assert longest < checkpoints.AT_MOST + 3 * checkpoints.BEGIN_AT
    db.close()


def test_closing_leaves_everything_in_one_file(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
    db.write(fill, "fact", 10_000)
    db.close()
    assert [file.name for file in tmp_path.iterdir()] == ["huixin.db"]


def test_a_reader_that_stays_keeps_the_log_and_nobody_waits_for_it(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
    db.write(fill, "fact", 10_000)
    reader = sqlite3.connect(db.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM facts").fetchone()
    for n in range(30):
        db.write(fill, f"fact {n % 7}", 500_000)
    assert log_of(db.path) > 2 * checkpoints.BEGIN_AT
    reader.execute("ROLLBACK")
    reader.close()
    gevent.sleep(0.1)
    for n in range(100):
        db.write(fill, f"fact {n % 7}", 500_000)
        gevent.sleep(0.1)
        if log_of(db.path) <= checkpoints.BEGIN_AT:
            break
    assert log_of(db.path) <= checkpoints.BEGIN_AT
    db.close()
