"""A database whose clock is wrong: messages are answered, and the clock that is wrong is named."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from console.views.outside import amiss
from integrations.wechat.messages import signature
from sandbox.wire import new_msg_id
from service import health, wiring
from service.own_store import open_store
from settings.schema import Secret
from store.database import Database
from tests.running import TOKEN, Running, running

HOUR = 3600.0
PUSH = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>"
    "<MsgType>text</MsgType><Content>hi</Content><MsgId>{}</MsgId></xml>"
)


@pytest.fixture
def app(tmp_path: Path, url: str) -> Iterator[Running]:
    with running(tmp_path, store={"url": Secret(url)}) as app:
        app.model.always(text="好。")
        yield app


def served_with(app: Running, database: float, patch: pytest.MonkeyPatch) -> None:
    """Start the server anew where the database's clock is so many seconds ahead."""

    def opened(*what: Any, **how: Any) -> Database:
        db = open_store(*what, **how)
        db.clock = lambda: time.time() + database
        return db

    with patch.context() as patched:
        patched.setattr(wiring, "open_store", opened)
        app.restart()
    patch.setattr(health, "KEPT", 0.0)


def answered(app: Running, wechat: float, number: int) -> bool:
    """Whether a push has an answer where WeChat's clock is so many seconds ahead."""
    at, nonce = int(time.time() + wechat) + number, new_msg_id()
    query = {"timestamp": str(at), "nonce": nonce, "signature": signature(TOKEN, str(at), nonce)}
    body = PUSH.format(f"o-{number}", at, nonce)
    answer = requests.post(app.url, body, params=query, timeout=20)
    assert answer.status_code == 200
    return "好。" in answer.content.decode()


@pytest.mark.parametrize(
    ("database", "wechat", "served", "found"),
    [
        (0, 0, True, []),
        (HOUR, 0, True, ["database ahead"]),
        (-HOUR, 0, True, ["database behind"]),
        (HOUR, HOUR, True, ["machine behind"]),
        (-HOUR, -HOUR, True, ["machine ahead"]),
        (2 * HOUR, HOUR, False, ["database ahead", "machine behind"]),
    ],
)
def test_one_right_clock_will_do_and_the_wrong_one_is_named(
    app: Running,
    database: float,
    wechat: float,
    served: bool,
    found: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    served_with(app, database, monkeypatch)
    assert [answered(app, wechat, number) for number in range(2)] == [served] * 2
    if served:
        assert not answered(app, wechat - HOUR, 2), "an old request, sent once more"
    ready = requests.get(app.url.replace("/wechat", "/readyz"), timeout=20).json()
    shown = [one.found for one in app.huixin.db.read(amiss, at=app.huixin.db.clock())[1]]
    told = [line for line in caplog.messages if "event=clock_wrong" in line]
    assert wrong(shown) == wrong(told) == wrong([ready["clock"]]) == found
    assert ready["ok"] == ready["clock"].startswith("ok") == served


def wrong(texts: list[str]) -> list[str]:
    """Whose clocks are told to be about an hour wrong, and which way."""
    clocks = re.findall(r"(database|machine)'s clock is (\d+) s (ahead|behind)", " ".join(texts))
    assert all(abs(int(seconds) - HOUR) <= 60 for _, seconds, _ in clocks)
    return sorted(f"{whose} {way}" for whose, _, way in clocks)
