"""What an operator changes: through the server's own moves, which it may import.

A change looks first and says what it would do; the change itself is one transaction, and is
refused where the message is not as it was when the operator was asked.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from console.output import Page, shown
from console.pages.attention_words import messages_in_words
from console.pages.servers import owner_in_words
from console.views import life, lookup
from console.words.advice import failure_in_words
from console.words.times import span
from settings.language import said
from store import followers, messages, processes
from store.database import Connection
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
        raise NothingChanged(said("nobody to ask: say --yes to have it done"))
    print(f"{shown(question, lines=True)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "是"):
        raise NothingChanged(said("nothing was changed"))


def retry(db: Connection, message_id: int, *, at: float) -> Change:
    """Bring a message back to work. Raises `NothingChanged` where it was answered."""
    from fsm import moves  # slow, and only needed here
    from fsm.transitions import TRANSITIONS, MoveEvent

    seen = messages.get(db, message_id)
    if (seen.state, MoveEvent.RETRIED) not in TRANSITIONS:
        raise NothingChanged(
            said(
                "message {message} is {state}: there is nothing to do again",
                message=seen.id,
                state=seen.state,
            )
        )
    retry_it = (
        said("The model is asked anew. Retry it?")
        if seen.answer is None
        else said("Its text is kept. Retry it?")
    )
    question = f"{_described(db, seen, at)}\n{retry_it}"
    return Change(question, _of_message(seen, lambda db, at: moves.retry(db, seen, at=at)))


def fail(
    db: Connection, message_id: int, reason: str, apology: Callable[[str], str], *, at: float
) -> Change:
    """End a message with its account's apology. Raises `NothingChanged` where it is settled."""
    from fsm import moves

    seen = messages.get(db, message_id)
    if seen.settled:
        raise NothingChanged(
            said("message {message} is {state} already", message=seen.id, state=seen.state)
        )
    why, text = f"operator: {reason}", apology(seen.of_account)
    fail_it = said("Its follower gets the apology. Fail it?")
    question = f"{_described(db, seen, at)}\n{fail_it}"
    return Change(
        question,
        _of_message(
            seen, lambda db, at: moves.give_up(db, seen, why, text, at=at, by_operator=True)
        ),
    )


def erase(db: Connection, number: int) -> Change:
    """Remove the follower of that number and all that is stored of them, as unsubscribing does."""
    whose = lookup.follower(db, number)
    count = messages_in_words(whose.messages)
    name = said(
        "follower {number} ({open_id} of {account})",
        number=number,
        open_id=whose.open_id,
        account=whose.account,
    )

    def make(db: Connection, at: float) -> Page:
        if not followers.erase(db, whose.account, whose.open_id, at=at):
            raise NothingChanged(said("{name} has gone meanwhile", name=name))
        return Page(
            [
                said(
                    "Erased {name} with {messages}. Voices left at WeChat are deleted by the"
                    " server.",
                    name=name,
                    messages=count,
                )
            ],
            {"follower_id": number, "messages": whose.messages},
        )

    question = said(
        "This is all of {name}: {messages}, for ever. Erase?", name=name, messages=count
    )
    return Change(question, make)


def _described(db: Connection, message: Message, at: float) -> str:
    found = life.look(db, message.id, at=at, texts=False)
    settled = message.settled
    why = failure_in_words(found.failure or "") if settled else owner_in_words(found.owner, at)
    return said(
        "Message {message} is {state} for {time}: {why}.",
        message=message.id,
        state=message.state,
        time=span(at - found.since),
        why=why,
    )


def _of_message(seen: Message, move: Callable[[Connection, float], Message]) -> Make:
    def make(db: Connection, at: float) -> Page:
        followers.hold(db, seen.follower_id)
        try:
            moved = move(db, at)
        except MessageMovedOn as why:
            raise NothingChanged(said("{why}: look again", why=why)) from why
        done = said(
            "Message {message}: {before} → {state}",
            message=moved.id,
            before=seen.state,
            state=moved.state,
        )
        next_up = "" if moved.settled else said("; ") + _who_goes_on(db, at)
        return Page(
            [done + next_up + said(".")],
            {"message_id": moved.id, "from_state": seen.state, "to_state": moved.state},
        )

    return make


def _who_goes_on(db: Connection, at: float) -> str:
    if processes.alive(db, at=at):
        return said("the server takes it up within two seconds")
    return said("no server is running: the next one to start takes it up")
