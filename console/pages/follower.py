"""One follower, in words: from what the view found to a page."""

from collections.abc import Iterator

from console.output import Column, Page, Table
from console.pages.attention_words import unread_of
from console.pages.message import NAMED, heard, words
from console.pages.servers import owner_in_words
from console.views.conversation import Conversation, Exchange, HistoryEntry
from console.views.uncollected import Uncollected
from console.words.advice import failure_in_words
from console.words.names import named, refused_in_words
from console.words.times import age, moment
from settings.language import said
from store.messages import State
from store.outcomes import Outcome


def of_conversation(found: Conversation) -> Page:
    """A follower's conversation, the history the model would get, and what is unread."""
    parts: list[Table | str] = [
        Table(said("Follower {follower}", follower=found.follower_id), NAMED, [*_follower(found)]),
        _conversation(found),
        _history(found),
        _unread(found.unread, found.at),
    ]
    return Page(parts, found)


def _follower(found: Conversation) -> Iterator[tuple[str, str]]:
    yield (
        said("open id"),
        said("{open_id} of {account}", open_id=found.open_id, account=found.account),
    )
    if found.of_account:
        yield said("account"), found.of_account
    if found.spoke_at is not None:
        time, ago = moment(found.spoke_at), age(found.spoke_at, found.at)
        yield said("last turn"), said("{time} ({ago})", time=time, ago=ago)
    lesson = said(", an English lesson") if found.lesson else ""
    over = said(", over: the next question begins another") if found.session_over else ""
    yield said("session"), f"{found.session}{lesson}{over}"
    if found.let_in_by:
        yield said("let in"), _let_in(found.let_in_by, found.let_in_at)
    if found.persona:
        yield said("character"), found.persona
    if found.by_voice is not None:
        yield said("is answered"), said("by voice") if found.by_voice else said("in writing")
    yield said("unfinished"), str(found.unfinished)
    if found.unfinished:
        yield said("owner"), owner_in_words(found.owner, found.at)


def _let_in(by: str, at: float | None) -> str:
    code = by.partition(" ")[2]
    what = said("invite code {code}", code=code) if code else said("a pass phrase")
    return said("by {what}, {time}", what=what, time=moment(at))


def _conversation(found: Conversation) -> Table | str:
    if not found.exchanges:
        return said("No message is stored.")
    columns = (
        Column(said("time")),
        Column(said("message"), numbers=True, width=80),
        Column(said("who")),
        Column(said("words"), words=True),
        Column(said("note"), words=True),
    )
    rows = [line for exchange in found.exchanges for line in _lines(exchange)]
    return Table(said("Conversation"), columns, rows)


def _lines(exchange: Exchange) -> Iterator[tuple[str, ...]]:
    number = str(exchange.message_id)
    asked = words(exchange.question, exchange.question_length)
    kind = "" if exchange.kind == "text" else named(exchange.kind)
    yield moment(exchange.arrived_at), number, said("follower"), asked, kind
    notes: dict[str | None, str] = {
        Outcome.REPLIED: "",
        Outcome.PARTIAL: said("the first part; without the line under it"),
        Outcome.THINKING: said('was told "still thinking"'),
    }
    note = notes.get(exchange.outcome, said("saw nothing"))
    if exchange.state != State.REPLIED:
        failure = failure_in_words(exchange.failure or "")
        note = said(", ").join(filter(None, [note, exchange.state, failure]))
    if exchange.refused:
        note = refused_in_words(exchange.refused, exchange.refused_by)
    read = "-"
    if exchange.read_length:
        read = heard(exchange.read, exchange.read_length, spoken=exchange.spoken)
    yield moment(exchange.read_at), number, said("account"), read, note


def _history(found: Conversation) -> Table | str:
    if not found.history:
        return said("The next question is asked without a history.")
    columns = (
        Column(said("role")),
        Column(said("message"), numbers=True),
        Column(said("words"), words=True),
    )
    rows = [_turn(turn) for turn in found.history]
    return Table(said("History as the model would get it"), columns, rows)


def _unread(unread: list[Uncollected], at: float) -> Table | str:
    if not unread:
        return said("Nothing is unread.")
    columns = (
        Column(said("message"), numbers=True),
        Column(said("settled")),
        Column(said("unread"), words=True),
        Column(said("expires")),
    )
    rows = [
        (
            str(answer.message_id),
            age(answer.settled_at, at),
            unread_of(answer),
            age(answer.expires_at, at),
        )
        for answer in unread
    ]
    return Table(said("Unread: what 继续 would bring"), columns, rows)


def _turn(turn: HistoryEntry) -> tuple[str, ...]:
    return named(turn.role), str(turn.message_id), words(turn.text, turn.length)
