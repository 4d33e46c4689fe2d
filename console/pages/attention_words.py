"""Each entry of what needs attention in words: what it is, why, and what to type next."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from console.pages.servers import owner_in_words
from console.target import InSettings
from console.views.causes import Failures
from console.views.outside import FoundAmiss
from console.views.stuck import Queue, Unfinished
from console.views.troubles import Resting, Undeleted
from console.views.uncollected import Uncollected
from console.words.advice import advice, failure_in_words
from console.words.names import named
from console.words.times import age, moment, span
from settings.language import Sentence, said
from store.last_good import UnusableFile
from store.messages import State
from store.outcomes import Outcome

Row = tuple[str, str, str]

OTHERS_SHOWN = 2  # reasons beside the last one, of one cause
LAST_TRY: dict[str, Sentence] = {
    Outcome.REPLIED: Sentence("its first part was read, and the rest not asked for"),
    Outcome.PARTIAL: Sentence("the follower read a first part while it was being made"),
    Outcome.THINKING: Sentence("the follower was told that it was still being made"),
    Outcome.DROPPED: Sentence("WeChat hung up before it was there"),
    Outcome.UNANSWERED: Sentence("WeChat got no answer"),
}
TEXT_READ = Sentence("the follower read its text while the voice was being made")


@dataclass(frozen=True)
class Advisor:
    """Puts one entry of each kind into words.

    `commands` are the commands there are, `keys` says what in the settings rests.
    """

    at: float
    server_runs: bool
    commands: Container[str]
    keys: Mapping[str, InSettings]

    def overdue(self, message: Unfinished) -> Row:
        """A message that is stuck."""
        what = said(
            "message {message}, {state} for {time} (since {since}), follower {follower}",
            message=message.message_id,
            state=message.state,
            time=span(self.at - message.since),
            since=moment(message.since),
            follower=message.follower_id,
        )
        return what, said("; ").join(self._why_stuck(message)), self._mend(message)

    def _why_stuck(self, message: Unfinished) -> Iterator[str]:
        if message.behind is not None:
            yield said(
                "it waits for message {message} of the same follower", message=message.behind
            )
            return
        yield owner_in_words(message.owner, self.at)
        if message.resume_at > self.at:
            time = span(message.resume_at - self.at)
            yield said("it pauses for {time} before it is taken up again", time=time)
        if has_come_to := HAS_COME_TO.get(State(message.state)):
            yield has_come_to(message)
        if message.take_ups:
            yield said("taken up again {times}", times=_times(message.take_ups))

    def _mend(self, message: Unfinished) -> str:
        if message.behind is not None:
            return f"show {message.behind}"
        if not self.server_runs:
            return said("start the server; show {message}", message=message.message_id)
        return self._retry(message.message_id)

    def _retry(self, message_id: int) -> str:
        if "retry" not in self.commands:
            return f"show {message_id}"
        return said("retry {message} (or first: show {message})", message=message_id)

    def failures(self, failure: Failures) -> Row:
        """Messages that failed for one reason."""
        well = said("the model answered {ago}", ago=age(failure.well_at, self.at))
        return self._happened(failure, well, self._retry(failure.last_message_id))

    def mute(self, failure: Failures) -> Row:
        """Voices that failed for one reason."""
        well = said("a voice was made {ago}", ago=age(failure.well_at, self.at))
        return self._happened(failure, well, f"show {failure.last_message_id}")

    def _happened(self, failure: Failures, well: str, then: str) -> Row:
        what = said(
            "{messages}, the last {ago} ({at}): message {message}",
            messages=messages_in_words(failure.messages),
            ago=age(failure.last_at, self.at),
            at=moment(failure.last_at),
            message=failure.last_message_id,
        )
        reasons = [failure.reason, *failure.others[:OTHERS_SHOWN]]
        why = said("; also ").join(map(failure_in_words, reasons))
        if failure.over:
            why = said("{why}; since then {well}", why=why, well=well)
            return what, why, said("nothing, it is over; or {then}", then=then)
        cure = self._where(failure.of_account, advice(failure.reason))
        return what, why, said("; ").join([cure, then]) if cure else then

    def _where(self, account: str, cure: str) -> str:
        """It with the place of an account's own model in the settings, where it has just one."""
        links = [one.link for one in self.keys.values() if one.link.account == account]
        return links[0].advice(cure) if len({link.place for link in links}) == 1 else cure

    def resting(self, rest: Resting) -> Row:
        """A key or an API that is left alone."""
        known, left = self.keys.get(rest.name), span(rest.until - self.at)
        name, cure = _resting(rest.name), advice(rest.reason)
        if known:
            name, cure = known.called, known.link.advice(cure)
        what = said(
            "{name}, for {left} more (until {time})", name=name, left=left, time=moment(rest.until)
        )
        return what, failure_in_words(rest.reason), cure or said("wait")

    def unread(self, answer: Uncollected) -> Row:
        """An answer that waits for its follower."""
        what = said(
            "message {message}, follower {follower}: {unread}, settled {ago}",
            message=answer.message_id,
            follower=answer.follower_id,
            unread=unread_of(answer),
            ago=age(answer.settled_at, self.at),
        )
        expires = moment(answer.expires_at)
        until = said("it can be collected with 继续 until {time}", time=expires)
        carried = LAST_TRY.get(answer.outcome or "") or Sentence("no try carried it away")
        if answer.outcome == Outcome.PARTIAL and not answer.unread:
            carried = TEXT_READ
        return what, said("; ").join([str(carried), until]), f"show {answer.message_id}"

    def queues(self, queue: Queue) -> Row:
        """A follower whose messages wait for each other."""
        what = said(
            "follower {follower}: {messages} unfinished",
            follower=queue.follower_id,
            messages=messages_in_words(queue.messages),
        )
        why = said(
            "message {message} comes first: {state} for {time}",
            message=queue.head,
            state=queue.head_state,
            time=span(self.at - queue.head_since),
        )
        stuck = queue.head_late > 0 and self.server_runs
        return what, why, self._retry(queue.head) if stuck else f"show {queue.head}"

    def undeleted(self, voice: Undeleted) -> Row:
        """A voice that takes its place at WeChat."""
        what = said("voice of message {message}", message=voice.message_id)
        if not voice.uploaded:
            what += said(", of which nobody knows whether WeChat got it")
        when = age(voice.delete_at, self.at)
        if voice.failures:
            times = _times(voice.failures)
            why = said("not deleted, tried {times}; again {when}", times=times, when=when)
            then = said(
                "grep 'not_deleted message={message} ' in the server's log",
                message=voice.message_id,
            )
            return what, why, then
        why = said("due {when} and not tried", when=when)
        return what, why, said("see that the server runs, with azure.trans_to_voice on")

    def files(self, file: UnusableFile) -> Row:
        """A file of the operator's that cannot be read again."""
        what = said("{path}, found {ago}", path=file.path, ago=age(file.since, self.at))
        more = said(" (and {count} more)", count=file.reasons - 1) if file.reasons > 1 else ""
        return what, file.reason + more, said("mend the file; the server reads it by itself")

    def outside(self, amiss: FoundAmiss) -> Row:
        """Something outside that does not do its part."""
        if amiss.by == "now":
            return amiss.found, said("looked at just now"), amiss.cure
        if amiss.by == "pushes":
            return (
                amiss.found,
                said("as pushes showed {ago}", ago=age(amiss.at, self.at)),
                amiss.cure,
            )
        if amiss.by == "questions":
            why = said("as questions showed {ago}", ago=age(amiss.at, self.at))
            return amiss.found, why, said("{cure}; then server.py --check", cure=amiss.cure)
        how = "server.py --check" if amiss.by == "check" else said("the server")
        why = said("found {ago} by {whom}", ago=age(amiss.at, self.at), whom=how)
        return amiss.found, why, said("{cure}; then server.py --check", cure=amiss.cure)


def _resting(name: str) -> str:
    """Of a key that the settings do not have, or that were not asked for, its fingerprint."""
    kind, _, fingerprint = name.partition(" ")
    return said("key {fingerprint}", fingerprint=fingerprint) if kind == "key" else named(name)


def unread_of(answer: Uncollected) -> str:
    """How much of an answer is unread."""
    if not answer.unread:
        return said("its voice not heard")
    return said(
        "{unread:,} of {length:,} characters unread", unread=answer.unread, length=answer.length
    )


# How far a message has come that is stuck in a state.
HAS_COME_TO: dict[State, Callable[[Unfinished], str]] = {
    State.GENERATING: lambda m: said(
        "model asked {times}, {so_far}", times=_times(m.model_calls), so_far=_so_far(m.written)
    ),
    State.SYNTHESIZING: lambda m: said(
        "the answer is written; {parts} of its voice made", parts=_parts(m.spoken)
    ),
    State.UPLOADED: lambda m: said("WeChat has its voice, and nobody has settled it"),
}


def messages_in_words(number: int) -> str:
    """So many messages."""
    return said("1 message") if number == 1 else said("{count:,} messages", count=number)


def _parts(number: int) -> str:
    return said("1 part") if number == 1 else said("{count:,} parts", count=number)


def _times(number: int) -> str:
    return said("once") if number == 1 else said("{count} times", count=number)


def _so_far(characters: int) -> str:
    if not characters:
        return said("and it has said nothing so far")
    return said("{count:,} characters so far", count=characters)
