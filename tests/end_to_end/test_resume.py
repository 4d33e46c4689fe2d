"""After a restart: what was left unfinished is done, and whoever asks now is not kept waiting."""

import time
from pathlib import Path

import gevent

from store import messages
from store.database import Connection
from store.messages import Arrival
from tests.running import TRY, Running, running

LEFT = 1000


def leave_unfinished(app: Running, count: int) -> None:
    """What a server that died had taken in, and not begun."""
    now = time.time()

    def receive_all(db: Connection) -> None:
        for number in range(count):
            arrival = Arrival(
                account="gh",
                open_id=f"o-{number}",
                dedup_key=f"gh/{number}",
                msg_id=str(number),
                kind="text",
                question=f"第{number}问",
            )
            messages.receive(db, arrival, at=now)

    app.huixin.db.write(receive_all)


def unfinished(app: Running) -> int:
    count: int = app.one(f"SELECT count(*) FROM messages WHERE {messages.UNFINISHED}")
    return count


def test_a_thousand_unfinished_messages_are_resumed_and_a_new_one_does_not_wait(
    tmp_path: Path,
) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "model_calls": 200}) as app:
        leave_unfinished(app, LEFT)
        app.model.always(text="好。", after=0.1)
        app.restart()
        asked = app.follower("o-new").say("现在问的")
        assert asked.seen == "好。"
        assert asked.tries[0].status == 200, "on the first try"
        assert unfinished(app) > 0, "while the others are still being worked on"
        with gevent.Timeout(20):
            while unfinished(app):
                gevent.sleep(0.1)
        assert len(app.model.asked) == LEFT + 1
        assert sorted(app.all("SELECT DISTINCT model_calls FROM messages")) == [1]


def test_one_that_waits_to_be_taken_up_again_keeps_nobody_from_being_taken_up(
    tmp_path: Path,
) -> None:
    with running(tmp_path, limits={"gap_seconds": 0, "model_calls": 4}) as app:
        leave_unfinished(app, 3)
        app.huixin.db.write(
            lambda db: db.execute(
                "UPDATE messages SET take_ups = 6, resume_at = :t WHERE id = 1",
                {"t": time.time() + 60},
            )
        )
        app.restart()
        with gevent.Timeout(5):
            while unfinished(app) > 1:
                gevent.sleep(TRY / 10)
        assert app.one(f"SELECT id FROM messages WHERE {messages.UNFINISHED}") == 1
