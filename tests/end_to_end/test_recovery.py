"""A real server process is killed in each state of a question, and goes on where it was.

The model hangs, or the database is held, at the step at which it is to die. What a spoken answer
adds is in `test_voice_recovery`.
"""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import pytest

from sandbox.follower import Fate, Follower
from sandbox.model import ModelStandIn
from settings.schema import Texts
from tests.chaos.processes import TOKEN, ServerProcess, wait_until_it_listens
from tests.forked import BEFORE
from tests.shown import REST

PATIENCE = 20.0  # seconds
SAVED_SOON = "from fsm.asking import call; call.CHECKPOINT_SECONDS = 0.2"
TAKE_UPS = 2


class Served:
    """A server process on a database, the model in this one, and a follower."""

    def __init__(self, folder: Path, **sections: Any) -> None:
        self.model = ModelStandIn()
        self.model.start()
        port = urlsplit(self.model.url).port or 0
        limits = {"take_ups": TAKE_UPS}
        self.server = ServerProcess(folder, "server", port, limits=limits, more=sections)
        self.database = folder / "chaos.db"
        self.server.start()
        wait_until_it_listens(self.server.port)

    def stop(self) -> None:
        self.server.stop()
        self.model.stop()

    def kill(self) -> None:
        """Without a warning; another one runs at once."""
        self.server.kill_and_start_again(signal.SIGKILL)
        wait_until_it_listens(self.server.port)

    def say(self, text: str, msg_id: str | None = None, seconds: float = 5.0) -> Fate:
        """One try that is held so long."""
        follower = Follower(self.server.url, TOKEN, tries=1, try_seconds=seconds)
        return follower.say(text, msg_id=msg_id)

    def one(self, select: str) -> Any:
        """The one value that a query finds, None where there is none."""
        with closing(sqlite3.connect(self.database)) as db:
            row = db.execute(select).fetchone()
            return row[0] if row else None

    def wait_until(self, what: Callable[[], Any]) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < give_up_at, "it did not happen in time"
            gevent.sleep(0.02)

    def wait_for_calls(self, calls: int) -> None:
        self.wait_until(lambda: len(self.model.asked) == calls)

    def state(self, message: int = 1) -> str | None:
        state: str | None = self.one(f"SELECT state FROM messages WHERE id = {message}")
        return state

    def wait_for(self, state: str, message: int = 1) -> None:
        self.wait_until(lambda: self.state(message) == state)


@pytest.fixture(autouse=True)
def what_is_written_is_saved_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BEFORE, SAVED_SOON)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.stop()


def test_killed_before_its_turn_a_question_is_asked_once_and_in_its_turn(served: Served) -> None:
    served.model.will(after=60)
    served.model.will(text="一")
    served.model.will(text="二")
    first = gevent.spawn(served.say, "甲", "1")
    served.wait_for_calls(1)
    served.wait_for("GENERATING")
    second = gevent.spawn(served.say, "乙", "2")
    served.wait_for("RECEIVED", message=2)
    served.kill()
    assert served.say("甲", "1").seen == "一"
    assert (served.say("乙", "2").reply or "").startswith("二")
    assert served.model.questions == ["甲", "甲", "乙"]
    gevent.joinall([first, second])


def test_killed_while_the_model_writes_it_is_asked_again_once(served: Served) -> None:
    served.model.will(text="这一句没有写完。" * 20, pace=0.2)
    served.model.will(text="这一句写完了。")
    first = gevent.spawn(served.say, "问", "1")
    served.wait_until(lambda: served.one("SELECT partial FROM messages WHERE partial <> ''"))
    served.kill()
    assert served.say("问", "1").seen == "这一句写完了。"
    assert served.say("问", "1").seen == "这一句写完了。"
    assert len(served.model.asked) == 2
    assert served.one("SELECT count(*) FROM history") == 2
    first.get()


def test_killed_before_anybody_read_the_answer_it_is_read_and_not_paid_again(
    served: Served,
) -> None:
    served.model.will(text="等你很久了。", after=0.4)
    served.say("问", "1", seconds=0.2)
    served.wait_for("REPLIED")
    served.kill()
    assert served.say("继续").seen == "等你很久了。"
    assert served.say("问", "1").seen == "等你很久了。"
    assert len(served.model.asked) == 1


def test_killed_between_two_slices_the_next_one_is_read_on(served: Served) -> None:
    text = "".join(f"这是第{n}句话，一共有好几十句。" for n in range(40))
    served.model.will(text=text)
    first = (served.say("问").reply or "").split(f"\n{REST}")[0]
    served.wait_until(lambda: served.one("SELECT read_to FROM messages WHERE read_to > 0"))
    served.kill()
    second = (served.say("继续").reply or "").split(f"\n{REST}")[0]
    assert text.startswith(first + second)
    assert len(served.model.asked) == 1


def test_killed_while_the_database_holds_the_answer_up_nothing_is_half_saved(
    served: Served,
) -> None:
    served.model.will(text="没存下来。", after=0.4)
    served.model.will(text="存下来了。")
    first = gevent.spawn(served.say, "问", "1")
    served.wait_for_calls(1)
    with closing(sqlite3.connect(served.database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        served.wait_until(lambda: served.model.asked[0].ended_at)
        gevent.sleep(0.2)
        assert served.server.process
        served.server.process.kill()
        served.server.process.wait()
        holder.execute("ROLLBACK")
    served.server.see_that_it_runs()
    wait_until_it_listens(served.server.port)
    assert served.say("问", "1").seen == "存下来了。"
    assert len(served.model.asked) == 2
    assert served.one("SELECT count(*) FROM history") == 2
    first.get()


def test_a_question_at_which_the_server_dies_each_time_is_given_up(served: Served) -> None:
    served.model.will(times=TAKE_UPS + 1, after=60)
    first = gevent.spawn(served.say, "问", "1")
    for deaths in range(TAKE_UPS + 1):
        served.wait_for_calls(deaths + 1)
        served.kill()
    served.wait_for("FAILED")
    assert served.say("问", "1").reply == Texts().apology
    assert len(served.model.asked) == TAKE_UPS + 1
    assert served.one("SELECT count(*) FROM history") == 0
    assert "taken up 2 times" in served.one("SELECT failure FROM messages")
    first.get()


def test_told_to_stop_an_answer_that_comes_in_time_is_given_and_saved(served: Served) -> None:
    served.model.will(text="还赶得上。", after=0.4)
    asked = gevent.spawn(served.say, "问", "1")
    served.wait_for("GENERATING")
    served.server.kill_and_start_again(signal.SIGTERM)
    assert asked.get().seen == "还赶得上。"
    served.server.wait_until_replaced()
    assert served.say("问", "1").seen == "还赶得上。"
    assert len(served.model.asked) == 1


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Served]:
    """One that asks for a pass phrase, and refuses a word."""
    words = tmp_path / "words.txt"
    words.write_text("红苹果派\n", encoding="utf-8")
    access, moderation = {"words": ["芝麻开门"]}, {"lists": [str(words)]}
    served = Served(tmp_path, access=access, moderation=moderation)
    yield served
    served.stop()


def test_killed_while_an_answer_is_judged_nothing_of_it_is_shown_and_who_was_let_in_is_in(
    guarded: Served,
) -> None:
    guarded.model.will(text="说一说别的吧。" * 12 + "红苹果派" + "后面还有。" * 90, pace=0.15)
    guarded.model.will(text="红苹果派")
    assert Texts().access_granted in guarded.say("芝麻开门", "1").seen
    first = gevent.spawn(guarded.say, "问", "2")
    guarded.wait_until(lambda: guarded.one("SELECT partial FROM messages WHERE partial <> ''"))
    guarded.kill()
    assert Texts().answer_refused in guarded.say("问", "2").seen
    assert Texts().answer_refused in guarded.say("问", "2").seen
    assert guarded.one("SELECT count(*) FROM history") == 0
    assert guarded.one("SELECT partial || given FROM messages WHERE id = 2") == ""
    first.get()


def test_killed_before_and_after_a_follower_is_erased_their_word_counts_once(
    served: Served,
) -> None:
    served.say("甲的秘密")
    assert "5分钟内有效" in served.say("删除我的数据").seen
    served.kill()
    told = served.say("确认删除", msg_id="9")
    served.kill()
    again = served.say("确认删除", msg_id="9")
    assert Texts().erase_done in again.seen
    assert told.tries[0].body == again.tries[0].body
    for table in ("followers", "messages", "history", "tries"):
        assert served.one(f"SELECT count(*) FROM {table}") == 0, table
    assert served.model.questions == ["甲的秘密"]
