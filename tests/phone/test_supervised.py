"""The sandbox has the server in a process of its own: it may be killed, and no answer is lost."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from sandbox.follower import Follower
from tests.conftest import ROOT
from tests.forking import AS_IN_PRODUCTION, Forked
from tests.phone.sandbox import sandbox
from tests.settings.conftest import shipped

pytestmark = pytest.mark.usefixtures("brisk_processes")


def test_an_answer_survives_the_kill_of_the_server_that_was_making_it(tmp_path: Path) -> None:
    with sandbox(tmp_path) as page:
        before = page.until(lambda facts: facts["server"]["state"] == "up")
        page.do("say?who=follower-1", text="你好")
        page.until(lambda facts: len(facts.get("call 1", {}).get("said", "")) > 10)
        page.do("control/kill_and_start")
        facts = page.until(lambda facts: facts["entry 1"]["came"])
        entry, life = facts["entry 1"], facts["life 1"]
        assert facts["server"]["pid"] != before["server"]["pid"]
        assert entry["came"] == "text"
        assert "你刚才说的是“你好”" in entry["answer"]
        first, *_, last = [one["result"] for one in entry["tries"]]
        assert (first, last) == ("dropped", "reply")
        assert (life["take_ups"], life["model_calls"]) == (1, 2)
        assert (facts["call 1"]["broken"], facts["call 2"]["broken"]) == (True, False)
        assert facts["call 1"]["messages"] == facts["call 2"]["messages"]


def test_in_the_safe_mode_the_one_server_is_pushed_nothing_open_and_the_key_stands_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AS_IN_PRODUCTION, "")
    key = "k" * 42 + "A"
    safe = {"encoding_aes_key": key, "encryption": "safe"}
    with sandbox(tmp_path, wechat=safe, server={"workers": 4}) as page:
        facts = page.until(lambda facts: facts["server"]["state"] == "up")
        assert "event=one_worker" in page.log.read_text(encoding="utf-8")
        assert siblings(facts["server"]["pid"]) == [facts["server"]["pid"]]
        command = Path(f"/proc/{facts['server']['pid']}/cmdline").read_bytes()
        assert b"--outside" in command
        assert key.encode() not in command
        page.do("control/speed", to="at once")
        page.do("control/sealed", to=False)
        page.do("say?who=follower-1", text="你好")
        entry = page.until(lambda facts: facts["entry 1"]["came"])["entry 1"]
        assert (entry["came"], entry["sealed"]) == ("text", True)
        assert Follower(f"{page.url}wechat", "****").say("你好").kind is None


def test_a_database_that_is_deleted_ends_the_sandbox_with_the_servers_exit_code(
    tmp_path: Path,
) -> None:
    process, log = started(tmp_path)
    for file in (tmp_path / "var").iterdir():
        file.unlink()
    assert process.wait(30) == 3, log.read_text()


def test_a_server_that_stays_down_is_the_grey_line_and_comes_back(tmp_path: Path) -> None:
    with sandbox(tmp_path) as page:
        page.until(lambda facts: facts["server"]["state"] == "up")
        page.do("control/speed", to="at once")
        page.do("control/kill")
        follower = Follower(f"{page.url}wechat", "****", try_seconds=0.15, gap_seconds=0.15)
        assert "故障" in follower.say("有人吗").seen
        page.do("control/start")
        page.until(lambda facts: facts["server"]["state"] == "up")
        assert Follower(f"{page.url}wechat", "****").say("你好").kind == "text"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_the_sandbox_whatever_ends_it(
    tmp_path: Path, sign: signal.Signals
) -> None:
    process, log = started(tmp_path)
    process.send_signal(sign)
    assert process.wait(30) == (-signal.SIGKILL if sign == signal.SIGKILL else 0)
    until(lambda: "event=stopped" in log.read_text(), log)


def siblings(pid: int) -> list[int]:
    """All children of the parent of a process."""
    parent = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1]
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def started(folder: Path) -> tuple[Forked, Path]:
    """`make run`'s server with the shipped settings, once it serves, and its log."""
    (folder / "config.yml").write_text(shipped(), encoding="utf-8")
    log = folder / "log"
    command = [str(ROOT / "server.py"), "--config", "config.yml", "--port", "0"]
    with log.open("wb") as out:
        process = Forked(*command, log=out, cwd=folder)
    until(lambda: "event=listening" in log.read_text(), log)
    return process, log


def until(is_so: Callable[[], bool], log: Path) -> None:
    give_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up_at, log.read_text()
        gevent.sleep(0.02)
