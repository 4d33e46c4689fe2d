"""How followers pronounce what they say in English lessons, found out beside the answers.

An answer waits for it as long as it leaves early enough all the same; else the line comes with the
next one, or with 继续. It is owed in the store from the move that begins the message.
"""

import time
from dataclasses import dataclass

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from fsm import events
from fsm.offer import Offer
from fsm.text.wording import Wording
from fsm.voice import events as voice_events
from fsm.voice.recorded import recorded
from fsm.voice.spoken_text import voice_for
from integrations import IntegrationError
from integrations.speech.azure import Speech
from integrations.speech.pronunciation import Pronunciation
from integrations.wechat.api import WeChatApi
from integrations.wechat.protocol import tap_link
from settings.announcements import fault
from settings.schema import Settings
from store import history, pronunciations, unread
from store.database import Connection, Database
from store.errors import StoreError
from store.messages import Message, State
from store.processes import Process

LANGUAGE = "en-US"
JUDGING_SECONDS = 30.0
ASKED_FOR_SECONDS = 10.0
LOOKED_AT_EVERY = 0.05  # seconds
EVERY = 5.0  # seconds
AT_ONCE = 20  # of those that were left
RIGHT = 80.0  # what scores less is to be said again: a word, or all of it
MOST_WORDS = 2  # of them


@dataclass(frozen=True)
class Lines:
    """What a follower is told of a pronunciation."""

    settings: Settings

    def of(self, found: Pronunciation) -> str:
        """One line: the score and the words to say again, to be tapped where they can be heard."""
        texts, score = self.settings.texts, f"{found.score:.0f}"
        words = found.worst(MOST_WORDS, below=RIGHT)
        if not words:  # where all are clear, long pauses may still make them hard to follow
            well = texts.pronounced_well if found.score >= RIGHT else texts.pronounced_again
            return well.format(score=score)
        listen = self.settings.azure.trans_to_voice and texts.listen_words
        shown = [tap_link(f"{listen[0]} {word}", word) if listen else word for word in words]
        return texts.pronounced.format(score=score, words=" ".join(shown))


class Pronouncing:
    """Judges what is said in lessons; a background part that goes on with what others have left."""

    name = "pronouncing"
    first_after = 0.0

    def __init__(
        self,
        db: Database,
        speech: Speech,
        api: WeChatApi,
        process: Process,
        offer: Offer,
        *,
        patience: float,
    ) -> None:
        self._db = db
        self._speech = speech
        self._api = api
        self._process = process
        settings = offer.settings
        self._account = settings.account
        self._lines = Lines(settings)
        self._lessons = offer.lessons
        self._spoken = settings.azure.trans_to_voice
        self._later = Wording.of(settings).pronounced_later
        self._patience = patience  # seconds after a message came, for which its answer may wait
        # What is said and heard for answers goes first.
        self._places = BoundedSemaphore(max(1, settings.limits.speech_calls // 4))
        self._jobs: dict[int, gevent.Greenlet[..., None]] = {}

    def owe(self, db: Connection, begun: Message) -> None:
        """In the move that begins a message: note that it is to be judged, where it is."""
        begins = begun.state == State.GENERATING and begun.kind == "voice" and begun.recording
        in_english = begins and voice_for(begun.question, "", LANGUAGE)
        if in_english and history.lesson_of(db, begun.follower_id) is not None:
            pronunciations.owe(db, begun)

    def begin(self, message: Message, pcm: bytes = b"") -> None:
        """Judge a message beside its answer, if that is owed. `pcm`: the recording, if at hand."""
        if message.kind == "voice" and message.recording and message.id not in self._jobs:
            self._jobs[message.id] = gevent.spawn(self._see_to, message, pcm)

    def wait_for(self, message: Message) -> None:
        """Let its line be part of the answer, where it comes early enough."""
        if job := self._jobs.get(message.id):
            passed = max(0.0, self._db.clock() - message.arrived_at)
            job.join(max(0.0, self._patience - passed))

    def owes(self, db: Connection, reader: Message, *, at: float) -> bool:
        """Whether something is being found out for a follower who asks on, and has read all else.

        By whichever process.
        """
        if not pronunciations.owed(db, reader.follower_id, at=at):
            return False
        return not unread.awaited(db, reader, at=at)

    def wait_for_what_is_asked_for(self, reader: Message) -> None:
        """Let what is found out be known to a follower who asks on, and has read all else."""
        give_up_at, changed = time.monotonic() + ASKED_FOR_SECONDS, Event()
        with self._db.watch(changed):
            while self._db.read(self.owes, reader, at=self._db.clock()):
                gevent.sleep(LOOKED_AT_EVERY)
                if not changed.wait(max(0.0, give_up_at - time.monotonic())):
                    return
                changed.clear()

    def below(self, db: Connection, message: Message, *, at: float) -> str:
        """What the answer tells, and that the answers to come are spoken without it."""
        lines = self.promised(message), pronunciations.told_along(db, message, at=at)
        return "\n".join(filter(None, lines))

    def promised(self, message: Message) -> str:
        """That the answers to come are spoken without such a line."""
        begins = self._spoken and self._lessons.begins(message.question)
        return self._later if begins else ""

    def run_once(self) -> float:
        """Go on with what is left. Returns the seconds until the next time."""
        try:
            at = self._db.clock()
            whose = (self._process, self._account)
            for message in self._db.read(pronunciations.left, *whose, most=AT_ONCE, at=at):
                self.begin(message)
        except StoreError as error:
            events.not_read(error)
        return EVERY

    def stop(self) -> None:
        """Let go of all; what is owed stays owed."""
        gevent.killall(list(self._jobs.values()))

    def _see_to(self, message: Message, pcm: bytes) -> None:
        try:
            self._judge(message, pcm)
        except StoreError as error:
            events.not_saved(error)
        except Exception as error:
            fault(error, message=message.id)
        finally:
            self._jobs.pop(message.id, None)

    def _judge(self, message: Message, pcm: bytes) -> None:
        if not self._db.read(pronunciations.is_owed, message.id):
            return
        with self._places:
            owed = self._db.write(
                pronunciations.take, message.id, self._process, at=self._db.clock()
            )
            if owed is None:
                return
            began = time.monotonic()
            try:
                found = self._found(message, pcm)
            except IntegrationError as error:
                again = error.retryable and owed.attempts < pronunciations.MOST_ATTEMPTS
                voice_events.not_pronounced(message, error)
                if not again:
                    self._db.write(pronunciations.drop, message.id)
                return
        if line := self._lines.of(found):
            self._db.write(pronunciations.save, message.id, line)
        else:  # the operator wants none
            self._db.write(pronunciations.drop, message.id)
        voice_events.pronounced(message, words=len(found.words), took=time.monotonic() - began)

    def _found(self, message: Message, pcm: bytes) -> Pronunciation:
        deadline = time.monotonic() + JUDGING_SECONDS
        pcm = pcm or recorded(self._api, message, deadline=deadline)
        return self._speech.pronunciation(pcm, language=LANGUAGE, deadline=deadline)
