"""What a try is given, also at the end of the last one, before the reply is settled."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fsm.progress import Progress
from fsm.served import Served
from fsm.text.label import without_label
from fsm.text.plain_text import to_plain
from fsm.text.slices import common_prefix, fit
from fsm.worker import Worker
from store import unread
from store.database import Database
from store.messages import Message, ReplyKind
from store.outcomes import Outcome


@dataclass(frozen=True)
class TryReply:
    """What a try is given. `text` is None where it has to stay unanswered."""

    outcome: Outcome
    text: str | None = field(default=None, repr=False)  # of a voice: its media id
    kind: str = ReplyKind.TEXT
    at: float = 0.0  # the reply's own time, the same on each try
    whose: Progress | None = None  # whose answer is shown before its end, or is being made
    shown: str = field(default="", repr=False)  # what the follower has seen of it by then


@dataclass(frozen=True)
class Words:
    """What a try may show before the reply is settled."""

    text: str = field(repr=False)
    read_to: int  # characters of it that the follower has seen
    end: str  # the line below it, where all of it is shown


class Partial:
    """What there is of a reply that is still being made."""

    def __init__(self, db: Database, worker: Worker, served: Served) -> None:
        self._db = db
        self._worker = worker
        self._commands = served.commands
        self._judge = served.judge
        self._wording = served.commands.wording

    def give(self, progress: Progress) -> TryReply:
        """At the end of the last try: what there is of the text, or that it is being made."""
        at = self._db.clock()
        for whose in self._awaited(progress):
            words = self._words(whose)
            if words.text[words.read_to :].strip():
                return self._shown(whose, words, at)
        asks = None if self._reads_on(progress) else progress
        return TryReply(Outcome.THINKING, text=self._wording.still_thinking, at=at, whose=asks)

    def _shown(self, whose: Progress, words: Words, at: float) -> TryReply:
        by_model = whose.message.by_model
        cut = fit(
            words.text,
            words.read_to,
            characters=self._wording.reply_characters,
            footer=self._wording.below(self._wording.more_to_come, by_model=by_model),
            last_footer=self._wording.below(words.end, by_model=by_model),
        )
        shown = words.text[: cut.end]
        return TryReply(Outcome.PARTIAL, text=cut.text, at=at, whose=whose, shown=shown)

    def _words(self, whose: Progress) -> Words:
        message, wording = whose.message, self._wording
        if message.settled and message.shows:  # no text
            return Words("", 0, "")
        if message.settled:  # of a 继续 that waits for its turn, behind another question
            end = wording.voice_later if message.voice_waits else ""
            return Words(message.readable, message.read_to, end)
        if message.answer is not None:  # only its voice is missing
            read_to = common_prefix(whose.given, message.answer)
            return Words(message.answer, read_to, wording.voice_later)
        plain = self._judge.showable(to_plain(whose.text, finished=False))
        plain = without_label(plain, wording.label, finished=False)
        end = "" if whose.said_all else wording.more_to_come
        return Words(plain, common_prefix(whose.given, plain), end)

    def _awaited(self, progress: Progress) -> Iterator[Progress]:
        """Whose words a try may show: what a 继续 would read next, or its own message's."""
        message = progress.message
        if self._reads_on(progress):
            for awaited in self._db.read(unread.awaited, message, at=self._db.clock()):
                yield self._known(awaited)
        yield progress

    def _reads_on(self, progress: Progress) -> bool:
        asked = self._commands.may_read_on(progress.message)
        return asked and self._db.read(self._commands.reads_on, progress.message)

    def _known(self, awaited: Message) -> Progress:
        known = self._worker.progress(awaited.id)
        if not known:
            return Progress(awaited)
        known.shown(max(known.given, awaited.given, key=len))  # by another process
        return known
