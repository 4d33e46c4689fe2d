"""Two tries long no database, under load: nobody is left without an answer."""

import resource
import sqlite3
from pathlib import Path

import gevent

from fsm.window import Window
from sandbox.follower import Fate
from tests.running import Running

TRY = 1.5  # seconds; two of them are longer than a writer waits for a lock, and wait twice
LOCKED = 2 * TRY
RATE = 20  # messages a second
UNDER_LOAD = 2.4 * TRY


def lock(app: Running) -> None:
    other = sqlite3.connect(app.folder / "huixin.db", isolation_level=None, timeout=5)
    other.execute("BEGIN IMMEDIATE")
    gevent.sleep(LOCKED)
    other.execute("ROLLBACK")
    other.close()


def send_all(app: Running) -> list[Fate]:
    def say(number: int) -> Fate:
        return app.follower(f"o-{number}").say(f"问{number}", msg_id=str(number))

    saying = []
    for number in range(int(RATE * UNDER_LOAD)):
        saying.append(gevent.spawn(say, number))
        gevent.sleep(1 / RATE)
    return [asked.get() for asked in saying]


def kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_a_lock_of_two_tries_under_load_loses_nothing_and_piles_nothing_up(tmp_path: Path) -> None:
    app = Running(tmp_path)
    app.window, app.try_seconds = Window(try_seconds=TRY), TRY
    app.model.start()
    app.start()
    app.model.always(text="答。", after=0.4)
    before = kilobytes()
    try:
        locking = gevent.spawn_later(0.5, lock, app)
        fates = send_all(app)
        locking.get()
        unanswered = [n for n, fate in enumerate(fates) if fate.reply is None]
        assert unanswered == []
        for number, fate in enumerate(fates):
            if fate.seen != "答。":
                assert app.follower(f"o-{number}").say("继续").seen == "答。"
        questions = app.model.questions
        assert sorted(questions) == sorted({f"问{n}" for n in range(len(fates))}), "once each"
        assert app.one("SELECT count(*) FROM messages WHERE state <> 'REPLIED'") == 0
        assert app.huixin.worker.unfinished("") == 0
        assert kilobytes() - before < 200 * 1024
    finally:
        app.stop()
        app.model.stop()
