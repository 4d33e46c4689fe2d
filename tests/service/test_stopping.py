"""A server that is told to stop: nobody is refused until it has ended, and nothing is lost."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest

from fsm.window import Window
from sandbox.wire import new_msg_id
from service.wiring import Huixin
from tests.running import ROOMY, TRY, WINDOW, Running
from tests.shown import STILL_THINKING

PATIENCE = 30.0  # seconds for what takes one or two


class HandedOver(Running):
    """A server whose listening socket outlives it, as one of systemd's does."""

    def __init__(self, folder: Path, stop_seconds: float, window: Window) -> None:
        super().__init__(folder, window=window, server={"port": 0, "stop_seconds": stop_seconds})
        self.held = socket.create_server(("127.0.0.1", 0), backlog=200)

    def start(self) -> None:
        self.huixin = Huixin(self.settings(), self.window, self.process)
        self.server = self.huixin.start(self.held.dup())
        self.url = f"http://127.0.0.1:{self.server.server_port}/wechat"


@contextmanager
def serving(folder: Path, stop_seconds: float, window: Window = ROOMY) -> Iterator[HandedOver]:
    app = HandedOver(folder, stop_seconds, window)
    app.model.start()
    app.start()
    try:
        yield app
    finally:
        app.stop()
        app.model.stop()
        app.held.close()


def until(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        gevent.sleep(0.01)


def test_what_comes_while_it_drains_is_stored_and_answered(tmp_path: Path) -> None:
    with serving(tmp_path, stop_seconds=5) as app:
        app.model.will(text="慢的。", after=0.7 * TRY)
        slow = gevent.spawn(app.follower("o-slow", tries=1).say, "慢")
        until(lambda: app.model.asked)
        stopping = gevent.spawn(app.stop)
        gevent.sleep(0.1 * TRY)
        app.model.will(text="快的。")
        assert app.follower("o-quick", tries=1).say("快").seen == "快的。"
        assert not stopping.ready()
        assert slow.get().seen == "慢的。"
        stopping.get()
        app.start()


def test_a_last_try_that_is_cut_is_told_how_to_collect_and_others_come_again(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, stop_seconds=0.05, window=WINDOW) as app:
        app.model.always(text="太慢。", after=60)
        msg_id = new_msg_id()
        for _ in range(2):
            app.follower("o-last", tries=1).say("问", msg_id=msg_id)
        last = gevent.spawn(app.follower("o-last", tries=1).say, "问", msg_id=msg_id)
        first = gevent.spawn(app.follower("o-first").say, "也问")
        until(lambda: app.one("SELECT count(*) FROM tries") == 4)
        app.stop()
        app.model.always(text="终于。")
        app.start()
        assert STILL_THINKING in last.get().seen
        assert first.get().seen == "终于。", "by the next server, whose first try is the second"
        assert app.follower("o-last").say("继续").seen == "终于。"


# A call of the model that ends while it connects leaves its socket to the collector: urllib3 closes
# it where connecting fails, and not where its greenlet is ended.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_under_load_every_push_is_answered_however_often_the_server_is_replaced(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, stop_seconds=0.3) as app:
        app.model.always(text="好。", after=0.2 * TRY)
        talks = [gevent.spawn(talk, app, f"o-{n}") for n in range(15)]
        for _ in range(3):
            gevent.sleep(1.1)  # each may cost a message a try: no third one within its window
            app.restart()
        seen = [text for talking in talks for text in talking.get()]
        assert {*seen} == {"好。"}
        assert app.one("SELECT count(*) FROM messages") == len(seen)
        assert app.one("SELECT count(*) FROM messages WHERE state <> 'REPLIED'") == 0


def talk(app: Running, open_id: str) -> list[str]:
    said = []
    for number in range(8):
        said.append(app.follower(open_id).say(f"第{number}句").seen)
        gevent.sleep(0.3)
    return said
