"""Huixin as it runs, in this process: real sockets, real clients, stand-ins, and a shorter window.

WeChat's five seconds are less than one here; everything else is as in production.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from fsm.window import Window
from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from service.wiring import Huixin
from settings.schema import Limits, OpenAI, Secret, Server, Settings, Store, Texts, WeChat
from store.processes import Process
from tests import migrated

TRY = 0.5  # seconds of a try
WINDOW = Window(try_seconds=TRY, tries=3, margin=0.17)
ONE_TRY = replace(WINDOW, tries=1)  # what is said at the end of the last is said soon
ROOMY = Window(try_seconds=0.8, tries=3, margin=0.25)  # for many at once, or several processes
TOKEN = "aToken1"

tried_once = pytest.mark.parametrize("window", [ONE_TRY], ids=["one try"])


class Running:
    """A server, the model behind it, and the followers in front of it."""

    def __init__(self, folder: Path, *, window: Window = WINDOW, **sections: Any) -> None:
        self.folder = folder
        self.sections = sections
        self.model_may_speak = Event()  # while it is clear, every call waits
        self.model_may_speak.set()
        self.model = ModelStandIn(watch=self._hold)
        self.process = Process.current()
        self.window = window
        self.try_seconds = window.try_seconds

    def _hold(self, *_: Any) -> None:
        self.model_may_speak.wait()

    def while_the_model_thinks(self) -> AbstractContextManager[None]:
        """It says nothing until the end of the block, however long that takes."""
        return held_back(self.model_may_speak)

    def settings(self) -> Settings:
        settings = Settings(
            mode="live",
            server=Server(port=0, stop_seconds=0.2),
            store=Store(path=self.folder / "huixin.db"),
            wechat=WeChat(token=Secret(TOKEN)),
            openai=OpenAI(api_keys=(Secret("sk-one"),), base_url=self.model.url),
            limits=Limits(gap_seconds=0, turn_seconds=0),
            texts=Texts(ai_label=""),
        )
        return settings.but(**self.sections)

    def start(self) -> None:
        """Start the server, or start it again on the same database."""
        migrated.at(self.folder / "huixin.db")
        self.huixin = Huixin(self.settings(), self.window, self.process)
        self.server = self.huixin.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/wechat"

    def stop(self) -> None:
        self.huixin.stop(self.server)

    def restart(self) -> None:
        self.stop()
        self.start()

    def follower(self, open_id: str = "o-one", **how: Any) -> Follower:
        seconds = self.try_seconds
        options: dict[str, Any] = {"try_seconds": seconds, "gap_seconds": seconds}
        options["open_id"] = open_id
        return Follower(self.url, TOKEN, **options | how)

    def until_asked(self, times: int = 1) -> None:
        """Wait until the model has been asked so often."""
        self.until(lambda: len(self.model.asked) >= times)

    def until(self, happened: Callable[[], object]) -> None:
        """Wait for something, as long as there is patience."""
        with gevent.Timeout(20):
            while not happened():
                gevent.sleep(0.01)

    def one(self, sql: str) -> Any:
        """The one value that a query finds."""
        return self.all(sql)[0]

    def all(self, sql: str) -> list[Any]:
        """The first column of what a query finds."""
        rows = self.huixin.db.read(lambda db: db.execute(sql).fetchall())
        return [next(iter(dict(row).values())) for row in rows]


@contextmanager
def held_back(may_go_on: Event) -> Iterator[None]:
    """Within the block whoever waits for this waits."""
    may_go_on.clear()
    try:
        yield
    finally:
        may_go_on.set()


@contextmanager
def running(folder: Path, *, window: Window = WINDOW, **sections: Any) -> Iterator[Running]:
    """A server for the length of a block; keyword arguments change sections of its settings."""
    app = Running(folder, window=window, **sections)
    app.model.start()
    app.start()
    try:
        yield app
    finally:
        app.stop()
        app.model.stop()
