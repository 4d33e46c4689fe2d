"""Attention, lists and figures in words: from what a view found to a page."""

from collections.abc import Iterator

from store.inspect_output import Column, Page, Table
from store.inspect_times import age, moment, span
from store.views.attention import KINDS, Attention, Unread
from store.views.listing import Listed
from store.views.owners import Owner
from store.views.statistics import Statistics

MESSAGE = Column("message", numbers=True)
FOLLOWER = Column("follower", numbers=True)


def of_attention(found: Attention, kinds: tuple[str, ...] = KINDS) -> Page:
    """What needs attention, and one line of totals; that line alone where nothing does."""
    tables = {
        "overdue": _overdue(found),
        "failures": _failures(found),
        "unread": unread_table("Settled, not collected", found.unread, found.at),
        "queues": _queues(found),
    }
    parts: list[Table | str] = []
    for kind, table in tables.items():
        total = len(found.failures) if kind == "failures" else getattr(found.totals, kind)
        if kind in kinds and table.rows:
            more = total - len(table.rows)
            parts.append(Table(table.title, table.columns, table.rows, more=more))
    totals = _totals(found)
    needed = found.needed(kinds)
    parts.append(totals if needed else f"Nothing needs attention: {totals}")
    return Page(parts, found, needs_attention=needed)


def _totals(found: Attention) -> str:
    totals = found.totals
    return ", ".join(
        [
            f"{totals.unfinished} unfinished ({totals.overdue} past their time)",
            f"{totals.failures} failed in the last hour",
            f"{totals.unread} not collected",
            f"{totals.queues} {'follower waits' if totals.queues == 1 else 'followers wait'}",
            f"{totals.messages_in_a_day:,} messages in 24 h",
            f"{totals.processes_alive} {'process' if totals.processes_alive == 1 else 'processes'}"
            " alive",
        ]
    )


def _overdue(found: Attention) -> Table:
    columns = (
        MESSAGE,
        FOLLOWER,
        Column("state"),
        Column("for", numbers=True),
        Column("since", width=100),
        Column("owner", words=True),
        Column("note", words=True),
    )
    rows = [
        (
            str(message.message_id),
            str(message.follower_id),
            message.state,
            span(found.at - message.since),
            moment(message.since),
            owner_in_words(message.owner, found.at),
            ", ".join(_notes(message.behind, message.model_calls, message.take_ups)),
        )
        for message in found.overdue
    ]
    return Table("Unfinished past their time", columns, rows)


def _notes(behind: int | None, model_calls: int, take_ups: int) -> Iterator[str]:
    if behind is not None:
        yield f"waits for {behind}"
    if model_calls:
        yield f"model asked {_times(model_calls)}"
    if take_ups:
        yield f"taken up again {_times(take_ups)}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _failures(found: Attention) -> Table:
    columns = (
        Column("messages", numbers=True),
        Column("last"),
        Column("at", width=100),
        Column("last message", numbers=True),
        Column("reason", words=True),
    )
    rows = [
        (
            str(failure.messages),
            age(failure.last_at, found.at),
            moment(failure.last_at),
            str(failure.last_message_id),
            failure.reason,
        )
        for failure in found.failures
    ]
    return Table("Failed in the last hour", columns, rows)


def unread_table(title: str, unread: list[Unread], at: float) -> Table:
    """Answers that wait to be collected."""
    columns = (
        MESSAGE,
        FOLLOWER,
        Column("settled"),
        Column("at", width=100),
        Column("unread", numbers=True),
        Column("of", numbers=True, width=70),
        Column("expires"),
    )
    rows = [
        (
            str(message.message_id),
            str(message.follower_id),
            age(message.settled_at, at),
            moment(message.settled_at),
            str(message.unread),
            str(message.length),
            age(message.expires_at, at),
        )
        for message in unread
    ]
    return Table(title, columns, rows)


def _queues(found: Attention) -> Table:
    columns = (
        FOLLOWER,
        Column("unfinished", numbers=True),
        Column("first", numbers=True),
        Column("state"),
        Column("for", numbers=True),
    )
    rows = [
        (
            str(queue.follower_id),
            str(queue.messages),
            str(queue.head),
            queue.head_state,
            span(found.at - queue.head_since),
        )
        for queue in found.queues
    ]
    return Table("Followers waiting in a queue", columns, rows)


def owner_in_words(owner: Owner | None, at: float) -> str:
    """Who has it, since when it runs, and whether it lives."""
    if owner is None:
        return "nobody"
    name = owner.id.rpartition("/")[0] or owner.id
    if owner.started_at is None:
        return f"gone {name}"
    if not owner.alive:
        return f"dead {name}, last heard of {age(owner.alive_until, at)}"
    return f"alive {name}, up {span(at - owner.started_at)}"


def of_list(listed: list[Listed], at: float, *, texts: bool) -> Page:
    """One message a row."""
    columns = [
        MESSAGE,
        Column("follower", numbers=True, width=70),
        Column("arrived"),
        Column("at", width=130),
        Column("kind", width=110),
        Column("state"),
        Column("took", numbers=True, width=100),
        Column("tries", numbers=True, width=90),
        Column("last try"),
        Column("asked", numbers=True, width=140),
        Column("read", numbers=True, width=80),
        Column("failure", words=True),
    ]
    texts_of = (Column("question", words=True), Column("answer", words=True)) if texts else ()
    rows = [_listed(message, at, texts=texts) for message in listed]
    if not rows:
        return Page(["No such message."], listed)
    return Page([Table("Messages, the newest first", (*columns, *texts_of), rows)], listed)


def _listed(message: Listed, at: float, *, texts: bool) -> tuple[str, ...]:
    settled, length = message.settled_at, message.answer_length
    cells = (
        str(message.message_id),
        str(message.follower_id),
        age(message.arrived_at, at),
        moment(message.arrived_at),
        message.kind,
        message.state,
        "-" if settled is None else span(settled - message.arrived_at),
        str(message.tries),
        message.outcome or "-",
        str(message.question_length),
        "-" if length is None else f"{message.read_to}/{length}",
        message.failure or "-",
    )
    return (*cells, message.question or "-", message.answer or "-") if texts else cells


def of_statistics(found: Statistics) -> Page:
    """Figures of the messages since then."""
    head = f"{found.messages:,} messages since {moment(found.since)} ({age(found.since, found.at)})"
    if not found.messages:
        return Page([head], found)
    share = _share(found.answered_in_window, found.windows_closed)
    return Page([head, share, *_figures(found)], found)


def _share(part: int, whole: int) -> str:
    if not whole:
        return "No message's 15 s are over yet"
    return f"Answered within 15 s: {part:,} of {whole:,} ({part / whole:.1%})"


def _figures(found: Statistics) -> Iterator[Table]:
    messages = Column("messages", numbers=True)
    states = [(state, f"{n:,}") for state, n in found.by_state.items()]
    yield Table("By state", (Column("state"), messages), states)
    times = Column("p50", numbers=True), Column("p95", numbers=True)
    stages = [
        (stage.state, f"{stage.messages:,}", span(stage.p50), span(stage.p95))
        for stage in found.stages
    ]
    yield Table("Time in each state", (Column("state"), messages, *times), stages)
    by_tries = [(str(tries), f"{n:,}") for tries, n in found.by_tries.items()]
    yield Table("Tries of a message", (Column("tries", numbers=True), messages), by_tries)
    results = [(r.result, f"{r.messages:,}", f"{r.model_calls:,}") for r in found.results]
    calls = Column("model calls", numbers=True)
    yield Table("Results", (Column("result"), messages, calls), results)
