"""What needs attention: a page of tables, the worst first, and a line of totals."""

from collections.abc import Callable, Container, Iterator, Mapping
from types import MappingProxyType

from console.output import Column, Page, Table
from console.pages.attention_words import Advisor, Row, messages_in_words
from console.target import InSettings
from console.views.attention import KINDS, Attention
from console.words.times import age
from settings.language import Sentence, said

TITLES = {
    "overdue": Sentence("Stuck: unfinished and past their time"),
    "failures": Sentence("Failed in the last hour: the follower got an apology"),
    "mute": Sentence("Answered in writing in the last hour, because the voice failed"),
    "resting": Sentence("Resting: not used until it may work again"),
    "unread": Sentence("Settled, not collected"),
    "queues": Sentence("Followers waiting in a queue"),
    "undeleted": Sentence("Voices waiting to be deleted at WeChat"),
    "files": Sentence("Files that cannot be used as they are: what was right before goes on"),
    "outside": Sentence("Wrong outside, at the last look"),
}
OVER = {
    "failures": Sentence("Failed in the last hour, and over: the model has answered since"),
    "mute": Sentence("Answered in writing in the last hour, and over: a voice was made since"),
}


def of_attention(
    found: Attention,
    kinds: tuple[str, ...] = KINDS,
    *,
    commands: Container[str] = (),
    keys: Mapping[str, InSettings] = MappingProxyType({}),
    typed: str = "",
) -> Page:
    """What needs attention, and one line of totals; that line alone where nothing does.

    `commands` are the commands there are, `typed` is what stands before each of them, `keys` the
    settings of keys by the names that the store knows them by.
    """
    totals = found.totals
    needed = found.needed(kinds)
    parts: list[Table | str] = []
    if found.abandoned:
        no_server = said(
            "No server is running on this database: start it, and it takes up what is unfinished."
        )
        parts.append(no_server)
    runs = totals.processes_alive > 0
    words = Advisor(found.at, runs, commands, keys)
    parts += _tables(found, kinds, words)
    if needed:
        parts.append(in_total(found))
        parts += [said('Each "next" is typed after: {typed}', typed=typed)] if typed else []
    else:
        nothing = (
            said("Nothing needs attention")
            if kinds == KINDS
            else said("Nothing of {kinds} needs attention", kinds=", ".join(kinds))
        )
        parts.append(f"{nothing}{said(': ')}{in_total(found)}")
    return Page(parts, found, needs_attention=needed)


def _columns(*, several: bool) -> tuple[Column, ...]:
    return (
        *([Column(said("account"))] if several else []),
        Column(said("what"), words=True),
        Column(said("why"), words=True),
        Column(said("next"), words=True),
    )


def _tables(found: Attention, kinds: tuple[str, ...], words: Advisor) -> Iterator[Table]:
    for kind in KINDS:
        entries = getattr(found, kind)
        in_words: Callable[[object], Row] = getattr(words, kind)
        if kind in kinds and entries:
            accounts = [getattr(entry, "of_account", "") for entry in entries]
            several = any(accounts)
            rows = [
                (*([account or "-"] if several else []), *in_words(entry))
                for account, entry in zip(accounts, entries, strict=True)
            ]
            more = found.causes.get(kind, getattr(found.totals, kind)) - len(rows)
            over = all(getattr(entry, "over", False) for entry in entries)
            title = said(
                "{title} ({count:,})",
                title=(OVER if over else TITLES)[kind],
                count=getattr(found.totals, kind),
            )
            columns = _columns(several=several)
            yield Table(title, columns, rows, more=more, stacked=True, calm=over)


def in_total(found: Attention) -> str:
    """One line."""
    totals, alive = found.totals, found.totals.processes_alive
    refused = totals.refused_in_a_day
    answered, looked = (age(at, found.at) for at in (found.answered_at, found.looked_outside_at))
    waiting = (
        said("1 follower waits in a queue")
        if totals.queues == 1
        else said("{count:,} followers wait in a queue", count=totals.queues)
    )
    parts = [
        said(
            "{count:,} unfinished ({late:,} past their time)",
            count=totals.unfinished,
            late=totals.overdue,
        ),
        said("{count:,} failed in the last hour", count=totals.failures),
        said("{count:,} not collected", count=totals.unread),
        waiting,
        _voices(totals.voices_at_wechat),
        said("{messages} in 24 h", messages=messages_in_words(totals.messages_in_a_day)),
        *([said("{count:,} refused by rules", count=refused)] if refused else []),
        *([said("the model answered {ago}", ago=answered)] if found.answered_at else []),
        *([said("looked outside {ago}", ago=looked)] if found.looked_outside_at else []),
        _alive(alive),
    ]
    return said(", ").join(parts)


def _voices(count: int) -> str:
    if count == 1:
        return said("1 voice at WeChat")
    return said("{count:,} voices at WeChat", count=count)


def _alive(count: int) -> str:
    if count == 0:
        return said("no server running")
    if count == 1:
        return said("1 server process alive")
    return said("{count:,} server processes alive", count=count)
