"""One message, in words: from what the view found to a page."""

from collections.abc import Iterator

from console.output import Column, Page, Table
from console.pages.servers import owner_in_words
from console.views.life import Life
from console.views.saved import LentVoice
from console.words.advice import advice, failure_in_words
from console.words.names import named, refused_in_words
from console.words.times import age, clock, moment, span
from settings.language import in_words, said
from store.messages import FINAL

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
    if life.refused:
        yield said("refused"), refused_in_words(life.refused, life.refused_by)
    yield (
        said("follower"),
        said(
            "{follower} ({open_id} of {account})",
            follower=life.follower_id,
            open_id=life.open_id,
            account=life.account,
        ),
    )
    if life.of_account:
        yield said("account"), life.of_account
    if life.state not in FINAL:
        yield said("owner"), owner_in_words(life.owner, life.at)
    yield "MsgId", life.msg_id or "-"
    yield said("question"), words(life.question, life.question_length)


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
        (moment(seen.at), in_words(seen.how), heard(seen.text, seen.length, spoken=seen.spoken))
        for seen in life.seen
    ]
    return Table(said("What the follower saw"), columns, rows)


def _saved(life: Life) -> Iterator[tuple[str, str]]:
    saved = life.saved
    yield said("words of the model"), words(life.partial, saved.partial)
    yield said("shown before the end"), _characters(saved.given)
    yield said("answer"), "-" if saved.answer is None else words(life.answer, saved.answer)
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


def words(text: str | None, length: int) -> str:
    """The words where they were asked for, else how many characters they have."""
    return _characters(length) if text is None else text or "-"


def heard(text: str | None, length: int, *, spoken: bool) -> str:
    """What a follower said, as `words` has it, with a mark where it was spoken."""
    said_there = words(text, length)
    return said("(a voice) {words}", words=said_there) if spoken else said_there


def _characters(length: int) -> str:
    return said("1 character") if length == 1 else said("{count} characters", count=length)
