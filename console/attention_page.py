"""What needs attention in words: for each entry what it is, why, and what to type next."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from console.advice import advice
from console.output import Column, Page, Table
from console.servers import owner_in_words
from console.times import age, moment, span
from console.views.attention import KINDS, Attention
from console.views.causes import Failures
from console.views.outside import Amiss
from console.views.stuck import Queue, Unfinished
from console.views.troubles import Resting, Undeleted
from console.views.uncollected import Unread
from store.messages import State

COLUMNS = Column("what", words=True), Column("why", words=True), Column("next", words=True)
NO_SERVER = "No server is running on this database: start it, and it takes up what is unfinished"

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Advisor:
    """Puts one entry of each kind into words.

    `commands` are the commands there are, `keys` says which setting a key that rests comes from.
    """

    at: float
    server_runs: bool
    commands: Container[str]
    keys: Mapping[str, str]
    answered_at: float | None = None  # when the model last did, and a voice was last made
    spoken_at: float | None = None

    def overdue(self, message: Unfinished) -> Row:
        """A message that is stuck."""
        what = (
            f"message {message.message_id}, {message.state} for {span(self.at - message.since)}"
            f" (since {moment(message.since)}), follower {message.follower_id}"
        )
        return what, "; ".join(self._why_stuck(message)), self._mend(message)

    def _why_stuck(self, message: Unfinished) -> Iterator[str]:
        if message.behind is not None:
            yield f"it waits for message {message.behind} of the same follower"
            return
        yield owner_in_words(message.owner, self.at)
        if message.resume_at > self.at:
            yield f"it pauses for {span(message.resume_at - self.at)} before it is taken up again"
        if has_come_to := HAS_COME_TO.get(State(message.state)):
            yield has_come_to(message)
        if message.take_ups:
            yield f"taken up again {_times(message.take_ups)}"

    def _mend(self, message: Unfinished) -> str:
        if message.behind is not None:
            return f"show {message.behind}"
        if not self.server_runs:
            return f"start the server; show {message.message_id}"
        return self._retry(message.message_id)

    def _retry(self, message_id: int) -> str:
        shown = f"show {message_id}"
        return f"retry {message_id} (or first: {shown})" if "retry" in self.commands else shown

    def failures(self, failure: Failures) -> Row:
        """Messages that failed for one reason."""
        well = f"the model answered {age(self.answered_at, self.at)}"
        return self._happened(failure, well, self._retry(failure.last_message_id))

    def mute(self, failure: Failures) -> Row:
        """Voices that failed for one reason."""
        well = f"a voice was made {age(self.spoken_at, self.at)}"
        return self._happened(failure, well, f"show {failure.last_message_id}")

    def _happened(self, failure: Failures, well: str, then: str) -> Row:
        what = (
            f"{_counted(failure.messages, 'message')}, the last {age(failure.last_at, self.at)}"
            f" ({moment(failure.last_at)}): message {failure.last_message_id}"
        )
        why = "; also ".join([failure.reason, *failure.others[:OTHERS_SHOWN]])
        if failure.over:
            return what, f"{why}; since then {well}", f"nothing, it is over; or {then}"
        cure = advice(failure.reason)
        return what, why, f"{cure}; {then}" if cure else then

    def resting(self, rest: Resting) -> Row:
        """A key or an API that is left alone."""
        name, left = self.keys.get(rest.name, rest.name), span(rest.until - self.at)
        what = f"{name}, for {left} more (until {moment(rest.until)})"
        return what, rest.reason, advice(rest.reason) or "wait"

    def unread(self, answer: Unread) -> Row:
        """An answer that waits for its follower."""
        what = (
            f"message {answer.message_id}, follower {answer.follower_id}: {unread_of(answer)},"
            f" settled {age(answer.settled_at, self.at)}"
        )
        until = f"it can be collected with 继续 until {moment(answer.expires_at)}"
        why = f"{LAST_TRY.get(answer.outcome or '', 'no try carried it away')}; {until}"
        return what, why, f"show {answer.message_id}"

    def queues(self, queue: Queue) -> Row:
        """A follower whose messages wait for each other."""
        what = f"follower {queue.follower_id}: {_counted(queue.messages, 'message')} unfinished"
        since = span(self.at - queue.head_since)
        why = f"message {queue.head} comes first: {queue.head_state} for {since}"
        stuck = queue.head_late > 0 and self.server_runs
        return what, why, self._retry(queue.head) if stuck else f"show {queue.head}"

    def undeleted(self, voice: Undeleted) -> Row:
        """A voice that takes its place at WeChat."""
        what = f"voice of message {voice.message_id}"
        if not voice.uploaded:
            what += ", of which nobody knows whether WeChat got it"
        if voice.failures:
            why = f"not deleted, tried {_times(voice.failures)}"
            why += f"; again {age(voice.delete_at, self.at)}"
            return what, why, f"grep 'not_deleted message={voice.message_id} ' in the server's log"
        why = f"due {age(voice.delete_at, self.at)} and not tried"
        return what, why, "see that the server runs, with azure.trans_to_voice on"

    def outside(self, amiss: Amiss) -> Row:
        """Something outside that does not do its part."""
        how = "server.py --check" if amiss.by == "check" else "the server"
        why = f"found {age(amiss.at, self.at)} by {how}"
        return amiss.found, why, f"{amiss.cure}; then server.py --check"


TITLES = {
    "overdue": "Stuck: unfinished and past their time",
    "failures": "Failed in the last hour: the follower got an apology",
    "mute": "Answered in writing in the last hour, because the voice failed",
    "resting": "Resting: not used until it may work again",
    "unread": "Settled, not collected",
    "queues": "Followers waiting in a queue",
    "undeleted": "Voices waiting to be deleted at WeChat",
    "outside": "Wrong outside, at the last look",
}
OVER = {
    "failures": "Failed in the last hour, and over: the model has answered since",
    "mute": "Answered in writing in the last hour, and over: a voice was made since",
}
OTHERS_SHOWN = 2  # reasons beside the last one, of one cause
LAST_TRY = {
    "replied": "its first part was read, and the rest not asked for",
    "partial": "the follower read a first part while it was being made",
    "thinking": "the follower was told that it was still being made",
    "dropped": "WeChat hung up before it was there",
    "unanswered": "WeChat got no answer",
}


def of_attention(
    found: Attention,
    kinds: tuple[str, ...] = KINDS,
    *,
    commands: Container[str] = (),
    keys: Mapping[str, str] = MappingProxyType({}),
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
        parts.append(f"{NO_SERVER}.")
    runs = totals.processes_alive > 0
    words = Advisor(found.at, runs, commands, keys, found.answered_at, found.spoken_at)
    parts += _tables(found, kinds, words)
    if needed:
        parts.append(in_total(found))
        parts += [f'Each "next" is typed after: {typed}'] if typed else []
    else:
        among = "" if kinds == KINDS else f" of {', '.join(kinds)}"
        parts.append(f"Nothing{among} needs attention: {in_total(found)}")
    return Page(parts, found, needs_attention=needed)


def _tables(found: Attention, kinds: tuple[str, ...], words: Advisor) -> Iterator[Table]:
    for kind in KINDS:
        entries = getattr(found, kind)
        in_words: Callable[[object], Row] = getattr(words, kind)
        if kind in kinds and entries:
            rows = [in_words(entry) for entry in entries]
            more = found.causes.get(kind, getattr(found.totals, kind)) - len(rows)
            over = all(getattr(entry, "over", False) for entry in entries)
            title = f"{(OVER if over else TITLES)[kind]} ({getattr(found.totals, kind):,})"
            yield Table(title, COLUMNS, rows, more=more, stacked=True, calm=over)


def in_total(found: Attention) -> str:
    """One line."""
    totals, alive = found.totals, found.totals.processes_alive
    answered, looked = (age(at, found.at) for at in (found.answered_at, found.looked_outside_at))
    waiting = "1 follower waits" if totals.queues == 1 else f"{totals.queues:,} followers wait"
    parts = [
        f"{totals.unfinished:,} unfinished ({totals.overdue:,} past their time)",
        f"{totals.failures:,} failed in the last hour",
        f"{totals.unread:,} not collected",
        f"{waiting} in a queue",
        f"{_counted(totals.voices_at_wechat, 'voice')} at WeChat",
        f"{_counted(totals.messages_in_a_day, 'message')} in 24 h",
        *([f"the model answered {answered}"] if found.answered_at else []),
        *([f"looked outside {looked}"] if found.looked_outside_at else []),
        f"{_counted(alive, 'server process', 'es')} alive" if alive else "no server running",
    ]
    return ", ".join(parts)


def unread_of(answer: Unread) -> str:
    """How much of an answer is unread."""
    if not answer.unread:
        return "its voice not heard"
    return f"{answer.unread:,} of {answer.length:,} characters unread"


# How far a message has come that is stuck in a state.
HAS_COME_TO: dict[State, Callable[[Unfinished], str]] = {
    State.GENERATING: lambda m: f"model asked {_times(m.model_calls)}, {_so_far(m.written)}",
    State.SYNTHESIZING: lambda m: (
        f"the answer is written; {_counted(m.spoken, 'part')} of its voice made"
    ),
    State.UPLOADED: lambda m: "WeChat has its voice, and nobody has settled it",
}


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _counted(number: int, what: str, more: str = "s") -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}{more}"


def _so_far(characters: int) -> str:
    return f"{characters:,} characters so far" if characters else "and it has said nothing so far"
