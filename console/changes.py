"""What an operator changes: through the server's own moves, which it may import.

A change looks first and says what it would do; the change itself is one transaction, and is
refused where the message is not as it was when the operator was asked.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from console.output import Page, shown
from console.servers import owner_in_words
from console.times import span
from console.views.owners import COLUMNS, JOINS, Owner
from store import messages, processes
from store.database import Connection, Row
from store.errors import MessageMovedOn
from store.messages import Message

Make = Callable[[Connection, float], Page]


class NothingChanged(Exception):
    """What was asked for is not possible, or was not wanted after all."""


@dataclass(frozen=True)
class Change:
    """What would be done, as a question; and how, within a transaction, at a time."""

    question: str
    make: Make


def ask(question: str) -> None:
    """Raises `NothingChanged` unless somebody says yes."""
    if not (sys.stdin and sys.stdin.isatty()):
        raise NothingChanged("nobody to ask: say --yes to have it done")
    print(f"{shown(question, lines=True)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NothingChanged("nothing was changed")


def retry(db: Connection, message_id: int, *, at: float) -> Change:
    """Bring a message back to work. Raises `NothingChanged` where it was answered."""
    from fsm import moves  # slow, and only needed here
    from fsm.transitions import TRANSITIONS, Event

    seen = messages.get(db, message_id)
    if (seen.state, Event.RETRIED) not in TRANSITIONS:
        raise NothingChanged(f"message {seen.id} is {seen.state}: there is nothing to do again")
    kept = "Its text is kept" if seen.answer is not None else "The model is asked anew"
    question = f"{_described(db, seen, at)}\n{kept}. Retry it?"
    return Change(question, _of_message(seen, lambda db, at: moves.retry(db, seen, at=at)))


def fail(db: Connection, message_id: int, reason: str, apology: str, *, at: float) -> Change:
    """End a message with an apology. Raises `NothingChanged` where it is settled."""
    from fsm import moves

    seen = messages.get(db, message_id)
    if seen.settled:
        raise NothingChanged(f"message {seen.id} is {seen.state} already")
    why = f"operator: {reason}"
    question = f"{_described(db, seen, at)}\nIts follower gets the apology. Fail it?"
    return Change(
        question,
        _of_message(
            seen,
            lambda db, at: moves.give_up(db, seen, why, apology, at=at, made_by="operator"),
        ),
    )


def erase(db: Connection, number: int) -> Change:
    """Remove the follower of that number and all that is stored of them, as unsubscribing does."""
    from fsm import moves

    whose = _follower(db, number)
    count = f"{whose['messages']:,} {'message' if whose['messages'] == 1 else 'messages'}"
    name = f"follower {number} ({whose['open_id']} of {whose['account']})"

    def make(db: Connection, at: float) -> Page:
        if not moves.erase(db, whose["account"], whose["open_id"], at=at):
            raise NothingChanged(f"{name} has gone meanwhile")
        return Page(
            [f"Erased {name} with {count}. Voices left at WeChat are deleted by the server."],
            {"follower_id": number, "messages": whose["messages"]},
        )

    return Change(f"This is all of {name}: {count}, for ever. Erase?", make)


def _follower(db: Connection, number: int) -> Row:
    select = """
        SELECT account, open_id,
               (SELECT count(*) FROM messages WHERE follower_id = followers.id) AS messages
          FROM followers WHERE id = :id
    """
    row: Row = db.execute(select, {"id": number}).fetchone()
    return row


def _described(db: Connection, message: Message, at: float) -> str:
    select = f"""
        SELECT {COLUMNS}, (SELECT max(moves.at) FROM moves WHERE message_id = :id) AS moved_at
          FROM messages {JOINS} WHERE messages.id = :id
    """
    row = db.execute(select, {"id": message.id}).fetchone()
    since = span(at - (row["moved_at"] or message.arrived_at))
    why = message.failure if message.settled else owner_in_words(Owner.of(row, at), at)
    return f"Message {message.id} is {message.state} for {since}: {why}."


def _of_message(seen: Message, move: Callable[[Connection, float], Message]) -> Make:
    def make(db: Connection, at: float) -> Page:
        try:
            moved = move(db, at)
        except MessageMovedOn as why:
            raise NothingChanged(f"{why}: look again") from why
        next_up = "" if moved.settled else f"; {_who_goes_on(db, at)}"
        return Page(
            [f"Message {moved.id}: {seen.state} → {moved.state}{next_up}."],
            {"message_id": moved.id, "from_state": seen.state, "to_state": moved.state},
        )

    return make


def _who_goes_on(db: Connection, at: float) -> str:
    if processes.alive(db, at=at):
        return "the server takes it up within two seconds"
    return "no server is running: the next one to start takes it up"
