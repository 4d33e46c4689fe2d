"""A follower's next message begins when the one before has ended, whatever becomes of its work."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from store.errors import StoreAway
from store.messages import Message, State
from tests.running import TRY, Running, running

Work = Callable[..., Any]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


def say_three(app: Running) -> None:
    """Three questions of one follower, close behind each other; until all are answered."""
    app.model.will(text="一", after=0.5 * TRY)
    asked = []
    for text in ("甲", "乙", "丙"):
        asked.append(gevent.spawn(app.follower().say, text))
        with gevent.Timeout(5):
            while app.one("SELECT count(*) FROM messages") < len(asked):
                gevent.sleep(0.01)
    gevent.joinall(asked)
    with gevent.Timeout(10):
        while app.one("SELECT count(*) FROM messages WHERE state = 'REPLIED'") < len(asked):
            gevent.sleep(0.05)


def they_were_worked_on_in_turn(app: Running) -> bool:
    """Each was picked up and answered before the next was picked up."""
    moves = app.all("SELECT message_id FROM moves WHERE event <> 'told_to_wait' ORDER BY id")
    turns = app.all("SELECT text FROM history WHERE role = 'user' ORDER BY id")
    return moves == [1, 1, 2, 2, 3, 3] and turns == ["甲", "乙", "丙"]


def test_also_where_the_database_is_away_as_the_model_is_to_be_asked(
    app: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = app.huixin.db.read
    failed: list[Work] = []

    def away_once(work: Work, *args: Any, **keys: Any) -> Any:
        """As where no connection became free in time."""
        if work.__name__ == "prepare" and not failed:
            failed.append(work)
            raise StoreAway("no connection became free in time")
        return read(work, *args, **keys)

    monkeypatch.setattr(app.huixin.db, "read", away_once)
    say_three(app)
    assert failed
    assert they_were_worked_on_in_turn(app)
    assert "event=not_read" in caplog.text
    assert "event=fault" not in caplog.text


def test_also_where_the_connection_was_lost_as_one_was_picked_up(
    app: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = app.huixin.db.write
    twice: list[Message] = []

    def written_twice(work: Work, *args: Any, **keys: Any) -> Any:
        """As by a database that did not hear that its first commit had been made."""
        written = write(work, *args, **keys)
        picked_up = isinstance(written, Message) and written.state == State.GENERATING
        if picked_up and written.id == 2 and not twice:
            twice.append(written)
            return write(work, *args, **keys)
        return written

    monkeypatch.setattr(app.huixin.db, "write", written_twice)
    say_three(app)
    assert twice
    assert they_were_worked_on_in_turn(app)
