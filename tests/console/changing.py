"""What an operator changes while a server runs, and what comes of it."""

from collections.abc import Callable
from typing import Any

import gevent

from sandbox.follower import Fate
from settings.schema import Texts
from tests.console.terminal import Ran
from tests.running import Running

NOT_STORED, NOT_CHANGED = 4, 6
APOLOGY = Texts().apology
PATIENCE = 40.0  # seconds; the machine may be busy

Operator = Callable[..., Ran]


def until(happened: Callable[[], Any]) -> None:
    with gevent.Timeout(PATIENCE):
        while not happened():
            gevent.sleep(0.02)


def settled(app: Running, message_id: int = 1) -> Callable[[], Any]:
    return lambda: app.one(f"SELECT settled_at FROM messages WHERE id = {message_id}")


def roles(app: Running, message_id: int | None = None) -> list[str]:
    """Whose turns the history holds, in order."""
    of = f"WHERE message_id = {message_id}" if message_id else ""
    return app.all(f"SELECT role FROM history {of} ORDER BY id")


def log_of_moves(app: Running, message_id: int = 1) -> list[str]:
    select = "SELECT event || ' by ' || made_by FROM moves WHERE message_id = {} ORDER BY id"
    return [str(line) for line in app.all(select.format(message_id))]


def hang(app: Running, question: str = "问", **how: Any) -> "gevent.Greenlet[..., Fate]":
    """A question that the model keeps to itself."""
    asked = len(app.model.asked)
    app.model.will(text="太晚了。", after=60)
    follower = gevent.spawn(app.follower(**how).say, question)
    until(lambda: len(app.model.asked) > asked)
    return follower
