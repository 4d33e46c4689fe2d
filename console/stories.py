"""One message, and one follower, in words: from what a view found to a page."""

from collections.abc import Iterator

from console.advice import advice
from console.attention_page import unread_of
from console.output import Column, Page, Table
from console.servers import owner_in_words
from console.times import age, clock, moment, span
from console.views.conversation import Conversation, Exchange, Turn
from console.views.life import LentVoice, Life
from console.views.uncollected import Unread
from store.messages import FINAL, State

NAMED = Column(""), Column("", words=True)
MESSAGE = Column("message", numbers=True)


def of_life(life: Life) -> Page:
    """The whole life of a message."""
    parts: list[Table | str] = [
        Table(f"Message {life.message_id}", NAMED, [*_about(life)]),
        _time_line(life),
        _seen(life),
        Table("Saved now", NAMED, [*_saved(life)]),
    ]
    return Page(parts, life)


def _about(life: Life) -> Iterator[tuple[str, str]]:
    yield "state", f"{life.state} since {moment(life.since)} ({age(life.since, life.at)})"
    if life.late:
        yield "late", f"{span(life.late)} past its time"
    if life.failure is not None:
        yield "failure", life.failure
        if cure := advice(life.failure):
            yield "advice", cure
    yield "follower", f"{life.follower_id} ({life.open_id} of {life.account})"
    if life.state not in FINAL:
        yield "owner", owner_in_words(life.owner, life.at)
    yield "MsgId", life.msg_id or "-"
    yield "question", _words(life.question, life.question_length)


def _time_line(life: Life) -> Table:
    begin = life.moments[0].at
    columns = (
        Column("time"),
        Column("after", numbers=True),
        Column("what"),
        Column("note", words=True),
    )
    rows = [
        (
            clock(happened.at, begin),
            "" if happened.gap is None else f"+{span(happened.gap)}",
            happened.what,
            happened.note,
        )
        for happened in life.moments
    ]
    if life.state not in FINAL:
        since_last = f"+{span(life.at - life.moments[-1].at)}"
        rows.append((clock(life.at, begin), since_last, "now", f"still {life.state}"))
    return Table(f"Time line, from {moment(begin)}", columns, rows)


def _seen(life: Life) -> Table | str:
    if not life.seen:
        return "The follower saw nothing."
    columns = Column("at"), Column("by"), Column("words", words=True)
    rows = [
        (moment(seen.at), seen.how, _heard(seen.text, seen.length, spoken=seen.spoken))
        for seen in life.seen
    ]
    return Table("What the follower saw", columns, rows)


def _saved(life: Life) -> Iterator[tuple[str, str]]:
    saved = life.saved
    yield "words of the model", _words(life.partial, saved.partial)
    yield "shown before the end", _characters(saved.given)
    answer = "-" if saved.answer is None else _words(life.answer, saved.answer)
    yield "answer", answer
    if saved.answer is not None:
        yield "read", f"{saved.read_to} of {saved.answer} characters"
    yield "reply", saved.reply or "-"
    if saved.reply_of is not None and saved.answer is None and saved.reply_of == life.message_id:
        yield "the reply shows", "an apology"
    elif saved.reply_of is not None:
        whose = "its own answer" if saved.reply_of == life.message_id else f"of {saved.reply_of}"
        yield "the reply shows", f"{whose}, up to character {saved.reply_end}"
    if saved.voice_parts:
        yield "voice", f"{saved.voice_parts} parts of it are made"
    for voice in saved.lent:
        yield "at WeChat", _lent(voice, life.at)
    yield "model calls", str(saved.model_calls)
    if saved.take_ups:
        yield "taken up again", f"{saved.take_ups}, not before {moment(saved.resume_at)}"
    yield "in the history", ", ".join(saved.turns) or "no turn"


def _lent(voice: LentVoice, at: float) -> str:
    kind = "permanent" if voice.permanent else "temporary"
    tried = f", tried {voice.failures} times before" if voice.failures else ""
    return f"a {kind} voice, deleted {age(voice.delete_at, at)} ({moment(voice.delete_at)}){tried}"


def of_conversation(found: Conversation) -> Page:
    """A follower's conversation, the history the model would get, and what is unread."""
    parts: list[Table | str] = [
        Table(f"Follower {found.follower_id}", NAMED, [*_follower(found)]),
        _conversation(found),
        _history(found),
        _unread(found.unread, found.at),
    ]
    return Page(parts, found)


def _follower(found: Conversation) -> Iterator[tuple[str, str]]:
    yield "open id", f"{found.open_id} of {found.account}"
    if found.spoke_at is not None:
        yield "last turn", f"{moment(found.spoke_at)} ({age(found.spoke_at, found.at)})"
    lesson = ", an English lesson" if found.lesson else ""
    over = ", over: the next question begins another" if found.session_over else ""
    yield "session", f"{found.session}{lesson}{over}"
    yield "unfinished", str(found.unfinished)
    if found.unfinished:
        yield "owner", owner_in_words(found.owner, found.at)


def _conversation(found: Conversation) -> Table | str:
    if not found.exchanges:
        return "No message is stored."
    columns = (
        Column("time"),
        Column("message", numbers=True, width=80),
        Column("who"),
        Column("words", words=True),
        Column("note", words=True),
    )
    rows = [line for exchange in found.exchanges for line in _lines(exchange)]
    return Table("Conversation", columns, rows)


def _lines(exchange: Exchange) -> Iterator[tuple[str, ...]]:
    number = str(exchange.message_id)
    asked = _words(exchange.question, exchange.question_length)
    kind = "" if exchange.kind == "text" else exchange.kind
    yield moment(exchange.arrived_at), number, "follower", asked, kind
    note = {
        "replied": "",
        "partial": "the first part; without the line under it",
        "thinking": 'was told "still thinking"',
    }.get(exchange.outcome or "", "saw nothing")
    if exchange.state != State.REPLIED:
        note = ", ".join(filter(None, [note, exchange.state, exchange.failure]))
    read = "-"
    if exchange.read_length:
        read = _heard(exchange.read, exchange.read_length, spoken=exchange.spoken)
    yield moment(exchange.read_at), number, "account", read, note


def _history(found: Conversation) -> Table | str:
    if not found.history:
        return "The next question is asked without a history."
    columns = Column("role"), MESSAGE, Column("words", words=True)
    rows = [_turn(turn) for turn in found.history]
    return Table("History as the model would get it", columns, rows)


def _unread(unread: list[Unread], at: float) -> Table | str:
    if not unread:
        return "Nothing is unread."
    columns = MESSAGE, Column("settled"), Column("unread", words=True), Column("expires")
    rows = [
        (
            str(answer.message_id),
            age(answer.settled_at, at),
            unread_of(answer),
            age(answer.expires_at, at),
        )
        for answer in unread
    ]
    return Table("Unread: what 继续 would bring", columns, rows)


def _turn(turn: Turn) -> tuple[str, ...]:
    return turn.role, str(turn.message_id), _words(turn.text, turn.length)


def _words(text: str | None, length: int) -> str:
    """The words where they were asked for, else how many characters they have."""
    return _characters(length) if text is None else text or "-"


def _heard(text: str | None, length: int, *, spoken: bool) -> str:
    words = _words(text, length)
    return f"(a voice) {words}" if spoken else words


def _characters(length: int) -> str:
    return "1 character" if length == 1 else f"{length} characters"
