"""Huixin with speech switched on: stand-ins for the speech service and WeChat's API beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from fsm.voice import deletions
from fsm.window import Window
from integrations.wechat import exchange
from sandbox.follower import Fate
from sandbox.speech import SpeechStandIn
from sandbox.wechat_api import WeChatApiStandIn
from settings.schema import Secret
from tests.running import Running, held_back

TRY = 1.2  # seconds; speech has its own pace
WINDOW = Window(try_seconds=TRY, tries=3, margin=0.3)
BRIEF = 0.8  # seconds, of the only one, where its end is waited for
LOOK_EVERY = 0.1  # seconds, for what is to be deleted
BUSY_PAUSES = (0.02, 0.06)  # seconds, of which WeChat's API is given more in production


class Speaking(Running):
    """A server with speech switched on, and the services for it."""

    def __init__(self, folder: Path, *, window: Window = WINDOW, **sections: Any) -> None:
        super().__init__(folder, window=window, **sections)
        self.speech_may_come = Event()  # while it is clear, nothing is said, heard or judged
        self.speech_may_come.set()
        self.speech = SpeechStandIn(watch=self.speech_may_come.wait)
        self.wechat = WeChatApiStandIn(upload_seconds=0.01)

    def tries_last(self, seconds: float, tries: int = 3) -> None:
        """Start again with tries of this length, and so many of them."""
        self.window = replace(self.window, try_seconds=seconds, tries=tries)
        self.try_seconds = seconds
        self.restart()

    def while_speech_hangs(self) -> AbstractContextManager[None]:
        """What is asked of the speech service it answers only after the block."""
        return held_back(self.speech_may_come)

    def start(self) -> None:
        own: dict[str, dict[str, Any]] = {
            "azure": {
                "trans_to_voice": True,
                "endpoint": self.speech.url,
                "subscription": Secret("s"),
            },
            "wechat": {
                "api_base": self.wechat.url,
                "appid": "wx5a4db0c5a4db0c5a",
                "secret": Secret("5a4db0c55a4db0c55a4db0c55a4db0c5"),
                "settle_seconds": 0.02,
                "delete_after_seconds": 0.2,
            },
        }
        self.sections |= {name: keys | self.sections.get(name, {}) for name, keys in own.items()}
        super().start()

    def ask(self, text: str = "你好吗？", **how: Any) -> Fate:
        return self.follower(**how).send_voice(recognition=text)

    def forgotten(self) -> bool:
        """Whether WeChat holds nothing of ours any more, after some time."""
        for _ in range(300):
            if not self.wechat.materials and self.one("SELECT count(*) FROM uploads") == 0:
                return True
            gevent.sleep(0.02)
        return False


@contextmanager
def running_with_speech(
    folder: Path, *, window: Window = WINDOW, **sections: Any
) -> Iterator[Speaking]:
    """A server that speaks, for the length of a block; `sections` as `running` has them."""
    app = Speaking(folder, window=window, **sections)
    for stand_in in (app.model, app.speech, app.wechat):
        stand_in.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deletions, "EVERY", LOOK_EVERY)
        patch.setattr(exchange, "BUSY_PAUSES", BUSY_PAUSES)
        app.start()
        try:
            yield app
        finally:
            app.stop()
            for stand_in in (app.model, app.speech, app.wechat):
                stand_in.stop()


def wait_for(happened: Callable[[], Any]) -> None:
    """Wait for something, as long as there is patience."""
    with gevent.Timeout(15):
        while not happened():
            gevent.sleep(0.02)


def spoken(app: Speaking) -> str:
    return "".join(text for _, text in app.speech.spoken)
