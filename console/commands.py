"""The commands of `python -m store.inspect`: what each is, what it takes, what it shows or does.

A new one is a line of `LOOKS` or `CHANGES`, and its function.
"""

import argparse
import shlex
from collections.abc import Callable

from console import arguments, operator_changes
from console.operator_changes import Change
from console.output import Page
from console.pages.attention import of_attention
from console.pages.follower import of_conversation
from console.pages.lists_and_figures import of_list, of_statistics
from console.pages.message import of_life
from console.target import Target
from console.views import attention, conversation, life, listing, lookup, outside, statistics
from console.views.listing import Filter
from console.words.times import parse_since
from settings.language import Sentence
from store.database import Connection
from store.messages import State

PROGRAM = "python -m store.inspect"

Options = argparse.Namespace
Look = Callable[[Connection, Options, Target, float], Page]
Plan = Callable[[Connection, Options, Target, float], Change]
Arguments = Callable[[arguments.Parser], None]


def all_that_needs_attention(db: Connection, options: Options, target: Target, at: float) -> Page:
    """The first screen."""
    beside = outside.full(target.where, at=at)
    found = attention.look(db, at=at, limit=options.limit, beside=beside)
    return of_attention(
        found, options.only, commands=[*LOOKS, *CHANGES], keys=target.keys, typed=_typed(options)
    )


def _typed(options: Options) -> str:
    """What stands before a command for the same database."""
    where = (("--config", options.config), ("--db", options.db))
    typed = [f"{name} {shlex.quote(str(path))}" for name, path in where if path]
    return " ".join([PROGRAM, *typed])


def _list(db: Connection, options: Options, target: Target, at: float) -> Page:
    follower = lookup.follower_id(db, options.follower) if options.follower else None
    since = parse_since(options.since, at) if options.since else 0.0
    state = State(options.state) if options.state else None
    wanted = Filter(state, follower, since, _account(db, options, target), options.limit)
    return of_list(listing.look(db, wanted, texts=options.text), at, texts=options.text)


def _show(db: Connection, options: Options, target: Target, at: float) -> Page:
    number = lookup.message_id(db, options.message)
    return of_life(life.look(db, number, at=at, texts=options.text))


def _follower(db: Connection, options: Options, target: Target, at: float) -> Page:
    number = lookup.follower_id(db, options.follower)
    limit, texts = options.limit, options.text
    found = conversation.look(db, number, target.context, at=at, limit=limit, texts=texts)
    return of_conversation(found)


def _stats(db: Connection, options: Options, target: Target, at: float) -> Page:
    since, account = parse_since(options.since, at), _account(db, options, target)
    found = statistics.look(db, since=since, at=at, limit=options.limit, account=account)
    return of_statistics(found)


def _account(db: Connection, options: Options, target: Target) -> str | None:
    named = options.account
    return None if named is None else lookup.account(db, named, target.accounts)


def _retry(db: Connection, options: Options, target: Target, at: float) -> Change:
    return operator_changes.retry(db, lookup.message_id(db, options.message), at=at)


def _fail(db: Connection, options: Options, target: Target, at: float) -> Change:
    number = lookup.message_id(db, options.message)
    return operator_changes.fail(db, number, options.reason, target.apology, at=at)


def _erase(db: Connection, options: Options, target: Target, at: float) -> Change:
    return operator_changes.erase(db, lookup.follower_id(db, options.follower))


LOOKS: dict[str, tuple[Sentence, Arguments, Look]] = {
    "list": (Sentence("messages, the newest first"), arguments.of_list, _list),
    "show": (Sentence("the whole life of a message"), arguments.of_show, _show),
    "follower": (Sentence("a conversation"), arguments.of_follower, _follower),
    "stats": (Sentence("figures, of the last 24 h unless told"), arguments.of_stats, _stats),
}
CHANGES: dict[str, tuple[Sentence, Arguments, Plan]] = {
    "retry": (
        Sentence("back to work: a message that is stuck or {failed}", failed=State.FAILED),
        arguments.of_retry,
        _retry,
    ),
    "fail": (
        Sentence("end a message that is not settled, with an apology"),
        arguments.of_fail,
        _fail,
    ),
    "erase": (Sentence("remove all that is stored of a follower"), arguments.of_erase, _erase),
}
