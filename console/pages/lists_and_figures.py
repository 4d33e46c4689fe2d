"""Lists and figures in words: from what a view found to a page."""

from collections.abc import Iterator

from console.output import Column, Page, Table
from console.views.listing import ListedMessage
from console.views.statistics import Statistics
from console.words.advice import failure_in_words
from console.words.names import KNOWN, named
from console.words.times import age, moment, span
from settings.language import said


def of_list(listed: list[ListedMessage], at: float, *, texts: bool) -> Page:
    """One message a row, with its account where there are several."""
    several = any(message.of_account for message in listed)
    columns = [
        Column(said("message"), numbers=True),
        Column(said("follower"), numbers=True, width=70),
        *([Column(said("account"))] if several else []),
        Column(said("arrived")),
        Column(said("at"), width=130),
        Column(said("kind"), width=110),
        Column(said("state")),
        Column(said("took"), numbers=True, width=100),
        Column(said("tries"), numbers=True, width=90),
        Column(said("last try")),
        Column(said("asked"), numbers=True, width=140),
        Column(said("read"), numbers=True, width=80),
        Column(said("failure"), words=True),
    ]
    texts_of = (
        (Column(said("question"), words=True), Column(said("answer"), words=True)) if texts else ()
    )
    rows = [_listed(message, at, texts=texts, several=several) for message in listed]
    if not rows:
        return Page([said("No such message.")], listed)
    return Page([Table(said("Messages, the newest first"), (*columns, *texts_of), rows)], listed)


def _listed(message: ListedMessage, at: float, *, texts: bool, several: bool) -> tuple[str, ...]:
    settled, length = message.settled_at, message.answer_length
    cells = (
        str(message.message_id),
        str(message.follower_id),
        *([message.of_account or "-"] if several else []),
        age(message.arrived_at, at),
        moment(message.arrived_at),
        named(message.kind),
        message.state,
        "-" if settled is None else span(settled - message.arrived_at),
        str(message.tries),
        named(message.outcome or "-"),
        str(message.question_length),
        "-" if length is None else f"{message.read_to}/{length}",
        failure_in_words(message.failure) if message.failure else "-",
    )
    return (*cells, message.question or "-", message.answer or "-") if texts else cells


def of_statistics(found: Statistics) -> Page:
    """Figures of the messages since then."""
    head = said(
        "{count:,} messages since {time} ({ago})",
        count=found.messages,
        time=moment(found.since),
        ago=age(found.since, found.at),
    )
    if not found.messages:
        return Page([head], found)
    if found.cut:
        head += said("; older ones are left out (--limit N takes more)")
    share = _share(found.answered_in_window, found.windows_closed)
    return Page([head, share, *_figures(found)], found)


def _share(part: int, whole: int) -> str:
    if not whole:
        return said("No message's 15 s are over yet")
    return said(
        "Answered within 15 s: {part:,} of {whole:,} ({share:.1%})",
        part=part,
        whole=whole,
        share=part / whole,
    )


def _figures(found: Statistics) -> Iterator[Table]:
    messages = Column(said("messages"), numbers=True)
    states = [(state, f"{n:,}") for state, n in found.by_state.items()]
    yield Table(said("By state"), (Column(said("state")), messages), states)
    times = Column("p50", numbers=True), Column("p95", numbers=True)
    stages = [
        (named(stage.state), f"{stage.messages:,}", span(stage.p50), span(stage.p95))
        for stage in found.stages
    ]
    yield Table(said("Time in each state"), (Column(said("state")), messages, *times), stages)
    by_tries = [(str(tries), f"{n:,}") for tries, n in found.by_tries.items()]
    yield Table(
        said("Tries of a message"), (Column(said("tries"), numbers=True), messages), by_tries
    )
    results = [(_result(r.result), f"{r.messages:,}", f"{r.model_calls:,}") for r in found.results]
    calls = Column(said("model calls"), numbers=True)
    yield Table(said("Results"), (Column(said("result")), messages, calls), results)
    models = [(m.model, f"{m.calls:,}", f"{m.answers:,}") for m in found.models]
    answers = Column(said("answers"), numbers=True)
    yield Table(said("Models"), (Column(said("model")), calls, answers), models)
    if any(one.of_account for one in found.accounts):
        yield _of_accounts(found)
    if found.refused:
        refused = [(one.rule, named(one.what), f"{one.messages:,}") for one in found.refused]
        columns = Column(said("rule"), words=True), Column(said("what")), messages
        yield Table(said("Refused"), columns, refused)


def _of_accounts(found: Statistics) -> Table:
    numbers = (said("messages"), said("answered within 15 s"), said("failed"), said("model calls"))
    rows = [
        (
            one.of_account or "-",
            f"{one.messages:,}",
            f"{one.answered_in_window:,}/{one.windows_closed:,}",
            f"{one.failed:,}",
            f"{one.model_calls:,}",
        )
        for one in found.accounts
    ]
    columns = Column(said("account")), *(Column(number, numbers=True) for number in numbers)
    return Table(said("By account"), columns, rows)


def _result(name: str) -> str:
    """An end that is known by its name, or a failure."""
    return named(name) if name in KNOWN else failure_in_words(name)
