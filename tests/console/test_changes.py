"""The operator is asked before anything is changed, and in nobody's way."""

import json
import time

import gevent
import pytest

from fsm import moves
from fsm.transitions import MoveEvent, apply
from store import messages, processes
from store.errors import MessageMovedOn
from store.messages import Arrival
from store.sqlite.database import SqliteDatabase
from tests import stored
from tests.conftest import Clock
from tests.console.changing import NOT_CHANGED, NOT_STORED, Operator, hang, settled, until
from tests.console.terminal import answered
from tests.running import Running


def test_what_is_changed_by_others_while_the_operator_is_asked_is_left_alone(
    db: SqliteDatabase, clock: Clock
) -> None:
    arrival = Arrival("gh", "o-one", "gh 1", "1", "text", "你好")
    seen, _ = db.write(messages.receive, arrival, at=clock())
    db.write(apply, seen, MoveEvent.PICKED_UP, at=clock())
    with pytest.raises(MessageMovedOn):
        db.write(moves.retry, seen, at=clock())
    with pytest.raises(MessageMovedOn):
        db.write(moves.give_up, seen, "no", "sorry", at=clock(), by_operator=True)
    assert db.read(stored.moves, seen.id) == ["picked_up"]


@pytest.mark.parametrize(
    "command", [["retry", "1"], ["fail", "1", "--reason", "no"], ["erase", "o"]]
)
def test_without_a_terminal_nothing_is_changed_unless_told_to(
    db: SqliteDatabase, clock: Clock, operator: Operator, command: list[str]
) -> None:
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=clock())
    before = db.read(lambda db: list(db.iterdump()))
    code, said, why = operator(*command)
    assert (code, said) == (NOT_CHANGED, "")
    assert why == "inspect: nobody to ask: say --yes to have it done\n"
    assert db.read(lambda db: list(db.iterdump())) == before


@pytest.mark.parametrize(
    "command", [["retry", "9"], ["fail", "9", "--reason", "n"], ["erase", "x"]]
)
def test_what_is_not_stored_cannot_be_changed(
    db: SqliteDatabase, operator: Operator, command: list[str]
) -> None:
    code, said, why = operator(*command, "--yes")
    assert (code, said) == (NOT_STORED, "")
    assert why.startswith("inspect: no ")
    assert why.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "code", "state"),
    [
        ("y\n", 0, "FAILED"),
        ("Yes\n", 0, "FAILED"),
        ("n\n", 6, "RECEIVED"),
        ("\n", 6, "RECEIVED"),
        ("\x04", 6, "RECEIVED"),
    ],
)
def test_on_a_terminal_it_says_what_it_would_do_and_asks(
    db: SqliteDatabase, clock: Clock, typed: str, code: int, state: str
) -> None:
    arrival = Arrival("gh", "o", "1", "1", "text", "\x1b[31m secret words")
    db.write(messages.receive, arrival, at=clock())
    ended, said, asked = answered(typed, db.path, "fail", "1", "--reason", "no")
    assert "Message 1 is RECEIVED for" in asked
    assert "Fail it? [y/N]" in asked
    assert "secret" not in asked + said
    assert ended == code
    assert db.read(messages.get, 1).state == state


def test_a_change_as_json_says_what_became_of_it(
    db: SqliteDatabase, clock: Clock, operator: Operator
) -> None:
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=clock())
    _, said, _ = operator("fail", "1", "--reason", "no", "--yes", "--json")
    assert json.loads(said) == {"message_id": 1, "from_state": "RECEIVED", "to_state": "FAILED"}


def test_a_server_that_writes_all_the_time_lets_the_operator_in(
    app: Running, operator: Operator
) -> None:
    hang(app, tries=1)
    app.model.always(text="好。")

    def write_on() -> None:
        while True:
            app.huixin.db.write(lambda db: db.execute("UPDATE followers SET spoke_at = spoke_at"))

    writers = [gevent.spawn(write_on) for _ in range(20)]
    code, _, _ = operator("retry", "1", "--yes")
    gevent.killall(writers)
    assert code == 0
    until(settled(app))


def test_a_view_advises_the_doors(db: SqliteDatabase, operator: Operator) -> None:
    long_ago = time.time() - 600
    db.write(messages.receive, Arrival("gh", "o", "1", "1", "text", "问"), at=long_ago)
    db.write(processes.beat, processes.Process.current(), at=time.time(), lease=60)
    _, said, _ = operator()
    assert "retry 1" in said
    operator("fail", "1", "--reason", "too long ago", "--yes")
    _, said, _ = operator("show", "1")
    assert "gave_up, by the operator" in said
    assert "operator: too long ago" in said
