"""The sandbox and live, or two accounts, never share a store: one of them does not start."""

import re
import sqlite3
from pathlib import Path

import gevent
import pytest
import yaml

from tests.conftest import ROOT
from tests.console.terminal import run
from tests.forked import BEFORE
from tests.forking import Forked
from tests.serving import START_SECONDS, serving

SANDBOX = "mode: sandbox\nwechat: {token: atoken}\nserver: {port: 0}\n"
# A start that gives others less time before it says that it waits, and looks more often.
SOON = """
from service import own_store
from store.sqlite import committing, lifetime
own_store.AGAIN = 0.1
committing.BUSY_SECONDS = lifetime.BUSY_SECONDS = 0.2
"""
LIVE = "wechat: {token: atoken}\nserver: {port: 0}\nopenai: {api_keys: [x]}\n"


def config(folder: Path, text: str, **store: str) -> Path:
    path = folder / "config.yml"
    path.write_text(f"{text}\n{yaml.safe_dump({'store': store}) if store else ''}")
    return path


def sealed(appid: str, key: str = "a" * 43) -> str:
    return LIVE.replace("atoken", f"atoken, appid: {appid}, encoding_aes_key: {key}")


def refused(path: Path, *more: str) -> str:
    """Why the server did not start."""
    log = path.with_name("refused.log")
    with log.open("wb") as out:
        command = [str(ROOT / "server.py"), "--config", str(path), *more]
        process = Forked(*command, log=out, cwd=path.parent)
    assert process.wait(START_SECONDS) == 1
    [reason] = re.findall(r"event=not_started reason=(.*)", log.read_text())
    return str(reason)


def test_the_sandbox_and_live_have_each_a_file_of_their_own(tmp_path: Path) -> None:
    with serving(config(tmp_path, SANDBOX), tmp_path):
        assert (tmp_path / "var" / "sandbox.db").exists()
    with serving(config(tmp_path, LIVE), tmp_path):
        assert (tmp_path / "var" / "huixin.db").exists()


def test_the_store_of_the_sandbox_is_refused_by_live_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    with serving(config(tmp_path, SANDBOX, path="one.db"), tmp_path):
        pass
    assert "in use by mode sandbox" in refused(config(tmp_path, LIVE, path="one.db"))
    with serving(config(tmp_path, LIVE, path="two.db"), tmp_path):
        pass
    assert "in use by mode live" in refused(config(tmp_path, SANDBOX, path="two.db"))


def test_the_store_of_another_account_is_refused_until_it_is_adopted(tmp_path: Path) -> None:
    with serving(config(tmp_path, sealed("wx0123456789abcdef")), tmp_path):
        pass
    other = config(tmp_path, sealed("wxfedcba9876543210"))
    assert "start once with --adopt" in refused(other)
    with serving(other, tmp_path, "--adopt"):
        pass
    with serving(other, tmp_path):
        pass
    assert "in use by account wxfedcba9876543210" in refused(
        config(tmp_path, sealed("wx0123456789abcdef"))
    )


def test_workers_of_another_account_are_refused_at_once(tmp_path: Path) -> None:
    with serving(config(tmp_path, sealed("wx0123456789abcdef")), tmp_path):
        pass
    two = sealed("wxfedcba9876543210").replace("port: 0", "port: 0, workers: 2")
    assert "in use by account" in refused(config(tmp_path, two))


def test_whoever_looks_or_makes_a_copy_is_not_refused(tmp_path: Path) -> None:
    with serving(config(tmp_path, SANDBOX, path=str(tmp_path / "one.db")), tmp_path):
        pass
    live = config(tmp_path, LIVE, path=str(tmp_path / "one.db"))
    assert run(tmp_path / "one.db", "--config", str(live)).returncode == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_start_waits_for_who_holds_the_database_locked(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BEFORE, SOON)
    text = LIVE.replace("port: 0", f"port: 0, workers: {workers}")
    with serving(config(tmp_path, text, path="one.db"), tmp_path):
        pass
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log = tmp_path / "log"

    def let_go() -> None:
        while "event=store_waited_for" not in log.read_text():
            gevent.sleep(0.02)
        other.execute("ROLLBACK")

    log.write_text("")
    letting_go = gevent.spawn(let_go)
    with serving(tmp_path / "config.yml", tmp_path):
        letting_go.get()
    assert log.read_text().count("event=store_waited_for") == 1
    assert "another process holds the database locked" in log.read_text()
    other.close()
