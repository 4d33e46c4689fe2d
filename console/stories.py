"""One message, and one follower, in words: from what a view found to a page."""

from collections.abc import Iterator

from console.advice import advice, failure_in_words
from console.attention_words import unread_of
from console.names import named
from console.output import Column, Page, Table
from console.servers import owner_in_words
from console.times import age, clock, moment, span
from console.views.conversation import Conversation, Exchange, Turn
from console.views.life import LentVoice, Life
from console.views.uncollected import Unread
from settings.language import in_words, said
from store.messages import FINAL, State

NAMED = Column(""), Column("", words=True)


def of_life(life: Life) -> Page:
    """The whole life of a message."""
    parts: list[Table | str] = [
        Table(said("Message {message}", message=life.message_id), NAMED, [*_about(life)]),
        _time_line(life),
        _seen(life),
        Table(said("Saved now"), NAMED, [*_saved(life)]),
    ]
    return Page(parts, life)


def _about(life: Life) -> Iterator[tuple[str, str]]:
    yield (
        said("state"),
        said(
            "{state} since {time} ({ago})",
            state=life.state,
            time=moment(life.since),
            ago=age(life.since, life.at),
        ),
    )
    if life.late:
        yield said("late"), said("{time} past its time", time=span(life.late))
    if life.failure is not None:
        yield said("failure"), failure_in_words(life.failure)
        if cure := advice(life.failure):
            yield said("advice"), cure
    yield (
        said("follower"),
        said(
            "{follower} ({open_id} of {account})",
            follower=life.follower_id,
            open_id=life.open_id,
            account=life.account,
        ),
    )
    if life.state not in FINAL:
        yield said("owner"), owner_in_words(life.owner, life.at)
    yield "MsgId", life.msg_id or "-"
    yield said("question"), _words(life.question, life.question_length)


def _time_line(life: Life) -> Table:
    begin = life.moments[0].at
    columns = (
        Column(said("time")),
        Column(said("after"), numbers=True),
        Column(said("what")),
        Column(said("note"), words=True),
    )
    rows = [
        (
            clock(happened.at, begin),
            "" if happened.gap is None else f"+{span(happened.gap)}",
            in_words(happened.what),
            in_words(happened.note),
        )
        for happened in life.moments
    ]
    if life.state not in FINAL:
        since_last = f"+{span(life.at - life.moments[-1].at)}"
        still = said("still {state}", state=life.state)
        rows.append((clock(life.at, begin), since_last, said("now"), still))
    return Table(said("Time line, from {time}", time=moment(begin)), columns, rows)


def _seen(life: Life) -> Table | str:
    if not life.seen:
        return said("The follower saw nothing.")
    columns = Column(said("at")), Column(said("by")), Column(said("words"), words=True)
    rows = [
        (moment(seen.at), in_words(seen.how), _heard(seen.text, seen.length, spoken=seen.spoken))
        for seen in life.seen
    ]
    return Table(said("What the follower saw"), columns, rows)


def _saved(life: Life) -> Iterator[tuple[str, str]]:
    saved = life.saved
    yield said("words of the model"), _words(life.partial, saved.partial)
    yield said("shown before the end"), _characters(saved.given)
    yield said("answer"), "-" if saved.answer is None else _words(life.answer, saved.answer)
    if saved.answer is not None:
        read, length = saved.read_to, saved.answer
        yield said("read"), said("{read} of {length} characters", read=read, length=length)
    yield said("reply"), named(saved.reply or "-")
    if saved.reply_of is not None and saved.answer is None and saved.reply_of == life.message_id:
        yield said("the reply shows"), said("an apology")
    elif saved.reply_of is not None:
        whose = said("of {message}", message=saved.reply_of)
        if saved.reply_of == life.message_id:
            whose = said("its own answer")
        shows = said("{whose}, up to character {end}", whose=whose, end=saved.reply_end)
        yield said("the reply shows"), shows
    if saved.voice_parts:
        yield said("voice"), said("{count} parts of it are made", count=saved.voice_parts)
    for voice in saved.lent:
        yield said("at WeChat"), _lent(voice, life.at)
    yield said("model calls"), " ".join([str(saved.model_calls), *saved.called])
    if saved.answered_by:
        yield said("answered by"), saved.answered_by
    if saved.take_ups:
        yield (
            said("taken up again"),
            said("{count}, not before {time}", count=saved.take_ups, time=moment(saved.resume_at)),
        )
    yield said("in the history"), said(", ").join(map(named, saved.turns)) or said("no turn")


def _lent(voice: LentVoice, at: float) -> str:
    lent = said(
        "a {kind} voice, deleted {when} ({time})",
        kind=said("permanent") if voice.permanent else said("temporary"),
        when=age(voice.delete_at, at),
        time=moment(voice.delete_at),
    )
    if not voice.failures:
        return lent
    return lent + said(", tried {count} times before", count=voice.failures)


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
    if found.spoke_at is not None:
        time, ago = moment(found.spoke_at), age(found.spoke_at, found.at)
        yield said("last turn"), said("{time} ({ago})", time=time, ago=ago)
    lesson = said(", an English lesson") if found.lesson else ""
    over = said(", over: the next question begins another") if found.session_over else ""
    yield said("session"), f"{found.session}{lesson}{over}"
    if found.persona:
        yield said("character"), found.persona
    yield said("unfinished"), str(found.unfinished)
    if found.unfinished:
        yield said("owner"), owner_in_words(found.owner, found.at)


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
    asked = _words(exchange.question, exchange.question_length)
    kind = "" if exchange.kind == "text" else named(exchange.kind)
    yield moment(exchange.arrived_at), number, said("follower"), asked, kind
    note = {
        "replied": "",
        "partial": said("the first part; without the line under it"),
        "thinking": said('was told "still thinking"'),
    }.get(exchange.outcome or "", said("saw nothing"))
    if exchange.state != State.REPLIED:
        failure = failure_in_words(exchange.failure or "")
        note = said(", ").join(filter(None, [note, exchange.state, failure]))
    read = "-"
    if exchange.read_length:
        read = _heard(exchange.read, exchange.read_length, spoken=exchange.spoken)
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


def _unread(unread: list[Unread], at: float) -> Table | str:
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


def _turn(turn: Turn) -> tuple[str, ...]:
    return named(turn.role), str(turn.message_id), _words(turn.text, turn.length)


def _words(text: str | None, length: int) -> str:
    """The words where they were asked for, else how many characters they have."""
    return _characters(length) if text is None else text or "-"


def _heard(text: str | None, length: int, *, spoken: bool) -> str:
    words = _words(text, length)
    return said("(a voice) {words}", words=words) if spoken else words


def _characters(length: int) -> str:
    return said("1 character") if length == 1 else said("{count} characters", count=length)
