"""Two servers on one database: a follower's messages belong to one of them, tries to both."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest

from fsm import moves
from fsm.asking import call
from fsm.window import Window
from settings.schema import Texts
from store import messages, processes, tries
from store.database import Connection
from store.messages import Message
from store.outcomes import Outcome
from store.processes import Process
from store.sqlite.database import SqliteDatabase
from tests.running import TRY, Running, running, tried_once
from tests.shown import MORE


@pytest.fixture
def pair(tmp_path: Path, window: Window) -> Iterator[tuple[Running, Running]]:
    with running(tmp_path, window=window) as one:
        other = Running(tmp_path, window=window)
        other.model = one.model
        # Of another machine, or the first one would see that there is no such process here.
        other.process = replace(Process.current(), id="another process", host="another machine")
        other.start()
        yield one, other
        other.stop()


def test_a_try_on_the_other_process_gets_the_reply_as_soon_as_it_is_settled(
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="只想一次。", after=0.5 * TRY)
    first = gevent.spawn(one.follower(tries=1).say, "问", msg_id="1")
    one.until_asked()
    second = other.follower(tries=1).say("问", msg_id="1")
    assert second.seen == "只想一次。"
    assert first.get().seen == "只想一次。"
    assert len(one.model.asked) == 1


def test_a_message_that_lands_on_the_other_process_waits_for_its_turn(
    brisk: None,
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="一", after=0.5 * TRY)
    one.model.will(text="二")
    first = gevent.spawn(one.follower().say, "甲")
    one.until_asked()
    assert other.follower().say("乙").seen == "二"
    assert first.get().seen == "一"
    assert one.model.questions == ["甲", "乙"]
    assert len(one.model.bodies[1]["messages"]) == 4


@tried_once
def test_a_late_answer_is_collected_through_the_other_process(
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="迟到的。")
    with one.while_the_model_thinks():
        one.follower().say("问")
    assert other.follower().say("继续").seen == "迟到的。"


@tried_once
def test_what_the_other_process_showed_of_an_answer_is_not_shown_again(
    pair: tuple[Running, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "CHECKPOINT_SECONDS", 0.1)
    one, other = pair
    answer = "".join(f"第{n:02d}句。" for n in range(60))
    one.model.will(text=answer, pace=0.03)
    parts = [one.follower().say("问").seen]
    for app in (other, one):
        parts.append(app.follower().say("继续").seen)
    shown = ""
    for part in parts:
        words, more, _ = part.partition(MORE)
        assert more, "the model still writes"
        shown += words.strip()
    assert answer.startswith(shown)


def test_what_a_dead_process_left_is_taken_over(brisk: None, pair: tuple[Running, Running]) -> None:
    one, other = pair
    one.model.will(text="没人听见的", after=60)
    one.model.will(text="接手之后的。")
    asked = gevent.spawn(one.follower(tries=1).say, "问", msg_id="9")
    one.until_asked()
    _die(one)
    one.until_asked(2)
    assert other.follower(tries=1).say("问", msg_id="9").seen == "接手之后的。"
    asked.kill()


def test_what_comes_after_a_death_waits_for_what_was_left(pair: tuple[Running, Running]) -> None:
    one, other = pair
    one.model.will(text="没人听见的", after=60)
    one.model.will(text="一", after=0.3 * TRY)
    one.model.will(text="二")
    asked = gevent.spawn(one.follower(tries=1).say, "甲")
    one.until_asked()
    _die(one)
    assert other.follower().say("乙").seen.startswith("二")
    assert one.model.questions == ["甲", "甲", "乙"]
    asked.kill()


def test_messages_that_land_here_and_there_are_worked_on_in_their_order(
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="一", after=0.8 * TRY)
    asked = []
    for process, text in ((one, "甲"), (other, "乙"), (one, "丙")):
        asked.append(gevent.spawn(process.follower().say, text))
        while one.one("SELECT count(*) FROM messages") < len(asked):
            gevent.sleep(0.01)
    gevent.joinall(asked)
    assert one.model.questions == ["甲", "乙", "丙"]


def test_a_process_whose_messages_were_taken_over_lets_go_and_its_tries_get_the_reply(
    brisk: None,
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.window = Window(try_seconds=10)
    one.restart()
    one.model.will(text="没人听见的", after=60)
    one.model.will(text="接手之后的。")
    asked = gevent.spawn(one.follower(tries=1, try_seconds=10).say, "问")
    one.until_asked()
    one.huixin.db.write(_take_over, one.process, other.process)  # its lease has run out
    assert asked.get().seen == "接手之后的。"
    assert one.huixin.worker.unsettled() == []
    assert len(one.model.asked) == 2


def test_an_answer_that_comes_when_another_process_has_settled_its_message_is_let_go_with_a_word(
    pair: tuple[Running, Running], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = pair
    one.model.will(text="太晚了", after=0.5 * TRY)
    asked = gevent.spawn(one.follower().say, "问")
    one.until_asked()

    def settle(db: Connection) -> None:
        _take_over(db, one.process, other.process)
        moves.give_up(db, messages.get(db, 1), "elsewhere", "抱歉。", at=time.time())

    other.huixin.db.write(settle)
    assert asked.get().seen == "抱歉。"
    assert "event=let_go message=1 follower=1 reason=another process has settled it" in (
        caplog.text.replace('"', "")
    )


def test_a_move_that_was_saved_when_the_connection_was_lost_is_no_other_processs(
    pair: tuple[Running, Running],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO")
    one, _ = pair
    write = one.huixin.db.write

    def written_twice(work: Callable[..., Any], *args: Any, **keys: Any) -> Any:
        """As by a database that did not hear that its first commit had been made."""
        written = write(work, *args, **keys)
        if isinstance(written, Message) and written.settled:
            return write(work, *args, **keys)
        return written

    monkeypatch.setattr(one.huixin.db, "write", written_twice)
    one.model.will(text="好。")
    assert one.follower().say("问").seen == "好。"
    lines = [line for line in caplog.messages if "to=REPLIED" in line or "event=let_go" in line]
    assert len(lines) == 1 and "from=GENERATING to=REPLIED by=answered" in lines[0]


def test_what_another_process_is_just_showing_is_not_shown_again(
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="一二三四五六七八九十。" * 60, after=0.5 * TRY)
    one.follower(tries=1, try_seconds=0.2 * TRY).say("问")
    one.until(lambda: one.one("SELECT state FROM messages") == "REPLIED")
    number = one.huixin.db.write(tries.begin, 1, at=time.time())
    collecting = gevent.spawn(other.follower().say, "继续")
    gevent.sleep(0.3)
    one.huixin.db.write(tries.end, 1, number, outcome=Outcome.REPLIED, at=time.time())
    assert collecting.get().delivered
    select = "SELECT (SELECT reply_end FROM messages WHERE id = {})"
    assert one.one(select.format(2)) > one.one(select.format(1))


def _take_over(db: Connection, lost: Process, by: Process) -> None:
    processes.bury(db, lost)
    processes.adopt(db, by, at=time.time())


def _die(process: Running) -> None:
    """As a process that dies stops: without a word."""
    process.huixin.worker.stop()
    process.huixin.background.stop()
    process.huixin.db.write(processes.bury, process.process)


def test_a_process_that_lives_keeps_what_it_works_on(pair: tuple[Running, Running]) -> None:
    one, other = pair
    one.model.will(text="慢慢来。", after=TRY)
    asked = gevent.spawn(one.follower().say, "问")
    one.until_asked()
    assert [other.huixin.heartbeat.beat() for _ in range(2)] == [0, 0]
    assert asked.get().seen == "慢慢来。"
    assert len(one.model.asked) == 1


def test_one_of_them_does_what_only_one_has_to_do_and_the_other_when_it_has_gone(
    db: SqliteDatabase,
) -> None:
    one, other = Process("one", "here", 1), Process("other", "here", 2)

    def who_leads(at: float) -> list[str]:
        return [p.id for p in (one, other) if db.read(processes.leads, p, at=at)]

    db.write(processes.beat, one, at=1.0, lease=8.0)
    db.write(processes.beat, other, at=2.0, lease=8.0)
    assert who_leads(3.0) == ["one"]
    assert db.read(processes.leads, other, at=9.5), "the lease of the first has run out"
    db.write(processes.bury, one)
    assert db.read(processes.leads, other, at=3.0)


CARELESS_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
child.kill()
print("killed", flush=True)
input()
"""


def test_a_killed_process_is_known_to_be_dead_before_its_parent_notices() -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", CARELESS_PARENT]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdin and parent.stdout
        pid = int(parent.stdout.readline())
        ticks = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
        ours = Process.current()
        process = replace(ours, id=f"{ours.host}/{pid}/{ticks}", pid=pid)
        assert process.running
        print(file=parent.stdin, flush=True)
        parent.stdout.readline()
        with gevent.Timeout(5):
            while process.running:
                gevent.sleep(0.01)
        assert Path(f"/proc/{pid}/stat").exists(), "its parent has not waited for it"
        parent.communicate("\n")


def test_who_is_erased_through_the_other_process_is_not_answered_by_the_first(
    brisk: None,
    pair: tuple[Running, Running],
) -> None:
    one, other = pair
    one.model.will(text="太晚了", after=60.0)
    asking = gevent.spawn(one.follower().say, "很难的问题")
    one.until_asked()
    other.follower().say("删除我的数据")
    assert Texts().erase_done in other.follower().say("确认删除").seen
    assert asking.get(timeout=10).seen == ""
    with gevent.Timeout(10):
        while one.huixin.worker.unsettled():  # the call of the model is ended
            gevent.sleep(0.05)
    assert one.one("SELECT count(*) FROM followers") == 0
