"""Text to speech and speech to text by Azure, without blocking the loop.

The SDK is native code that blocks the thread it is called in. It runs in real threads here
(`integrations.speech.sdk`), and greenlets wait for these up to a deadline they give, in
seconds of `time.monotonic()`.
"""

import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar, cast

from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from gevent.pool import Group
from gevent.threadpool import ThreadPool

from integrations.speech.errors import (
    NothingSpoken,
    NothingUnderstood,
    SpeechError,
    SpeechOverLimit,
    SpeechRefused,
    SpeechRejected,
    SpeechTooLate,
    SpeechUnavailable,
)
from integrations.speech.pronunciation import Pronunciation, judged
from integrations.speech.recording import Pronounced, Recording
from integrations.speech.sdk import Service, Voice

__all__ = [
    "NothingSpoken",
    "NothingUnderstood",
    "Pronunciation",
    "Speaker",
    "Speech",
    "SpeechError",
    "SpeechOverLimit",
    "SpeechRefused",
    "SpeechRejected",
    "SpeechTooLate",
    "SpeechUnavailable",
]

# A name goes into the SSML as it is (speech sheet 2).
VOICE_NAME = re.compile(r"[A-Za-z0-9:-]+")

Said = TypeVar("Said", bytes, str, list[str])


class Speech:
    """The speech service of one subscription.

    `endpoint` (scheme, host and port; `ws://` and `http://` are without TLS) goes before `region`.
    At most `at_once` calls run at a time, the others wait. The service has failed when it sends no
    audio for `first_audio_seconds`, or not all of it within `all_audio_seconds` from the first; it
    is asked again `retries` times if none came.
    """

    def __init__(
        self,
        *,
        subscription: str,
        region: str = "",
        endpoint: str = "",
        at_once: int = 8,
        first_audio_seconds: float = 8.0,
        all_audio_seconds: float = 60.0,
        retries: int = 1,
    ) -> None:
        self._service = Service(
            subscription=subscription,
            region=region,
            endpoint=endpoint,
            first_audio_seconds=first_audio_seconds,
            all_audio_seconds=all_audio_seconds,
            retries=retries,
        )
        self._threads = _Threads(at_once)

    def speaker(self, voice: str) -> "Speaker":
        """Somebody to say sentences to come, whose connection is opened now: to be closed.

        Raises `SpeechRejected` for what cannot be the name of a voice.
        """
        return Speaker(self._voice(voice), self._threads)

    def speak(self, text: str, voice: str, *, deadline: float) -> bytes:
        """Say one text: MP3 of 16 kHz and 32 kbit/s, mono. Raises as `Speaker.say` does."""
        # Opened ahead of a text that is there already, there would be two connections.
        with Speaker(self._voice(voice), self._threads, ahead=False) as speaker:
            return speaker.say(text, deadline=deadline)

    def recognize(self, pcm: bytes, *, languages: Sequence[str], deadline: float) -> str:
        """The words in a recording: 16 kHz, 16 bit little-endian, mono; all of its phrases.

        Of several `languages` ("zh-CN"; at most four) the service makes out which is spoken.
        Raises `NothingUnderstood`, `SpeechTooLate`, `SpeechRefused`, `SpeechOverLimit`,
        `SpeechRejected` or `SpeechUnavailable`.
        """
        if not pcm:
            raise NothingUnderstood("an empty recording")
        recording = Recording(self._service, pcm, languages)
        return self._threads.call(recording.understand, deadline=deadline, stop=recording.stop)

    def pronunciation(self, pcm: bytes, *, language: str, deadline: float) -> Pronunciation:
        """How a recording is pronounced, as `recognize` takes it; whatever it says.

        Raises as `recognize` does, `NothingUnderstood` also where the service gives no scores.
        """
        if not pcm:
            raise NothingUnderstood("an empty recording")
        spoken = Pronounced(self._service, pcm, language)
        phrases = self._threads.call(spoken.judge, deadline=deadline, stop=spoken.stop)
        if (found := judged(phrases)) is None:
            raise NothingUnderstood("no scores in what the service says")
        return found

    def close(self) -> None:
        """Stop what is being said or heard, and end the threads: in two seconds at most."""
        self._threads.close()

    def _voice(self, name: str) -> Voice:
        if not VOICE_NAME.fullmatch(name):
            raise SpeechRejected("not the name of a voice")
        return Voice(self._service, name)


class Speaker:
    """Says sentence after sentence with one voice over one connection; for one greenlet at a time.

    It owns threads and a connection until it is closed. After `SpeechTooLate` it says no more.
    """

    def __init__(self, voice: Voice, threads: "_Threads", *, ahead: bool = True) -> None:
        self._voice = voice
        self._threads = threads
        self._opening = threads.begin(voice.open) if ahead else None

    def say(self, sentence: str, *, deadline: float) -> bytes:
        """The sentence as MP3: 16 kHz, 32 kbit/s, mono. Bare frames can be joined as they are.

        Raises `NothingSpoken` where there is no audio, `SpeechTooLate`, `SpeechRefused`,
        `SpeechOverLimit`, `SpeechRejected` (an unknown voice) or `SpeechUnavailable`.
        """
        if not sentence.strip():
            raise NothingSpoken("an empty sentence")
        if self._opening is not None:
            self._opening.wait(timeout=_until(deadline))
        return self._threads.call(
            lambda: self._voice.say(sentence), deadline=deadline, stop=self._voice.stop
        )

    def close(self) -> None:
        """Let go of the connection, without waiting for it."""
        self._threads.leave(self._voice.release, after=self._opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Threads:
    """The real threads that the SDK runs in; everything here is called from greenlets."""

    def __init__(self, at_once: int) -> None:
        self._slots = BoundedSemaphore(at_once)
        # The hub's own pool has ten threads and resolves host names in them: ten calls that hang
        # would stop every new connection of the server. Beside each call there may be a thread
        # that stops it; the others open and release connections.
        self._pool = ThreadPool(4 * at_once)
        self._stops: set[Callable[[], None]] = set()
        self._leaving = Group()

    def begin(self, work: Callable[[], None]) -> "AsyncResult[None]":
        """Have something short done; the result says when it is."""
        return self._pool.spawn(work)

    def call(
        self,
        work: Callable[[], Said | SpeechError],
        *,
        deadline: float,
        stop: Callable[[], None],
    ) -> Said:
        """The outcome of `work`. `stop` ends it when the caller leaves before, for any reason.

        Raises the `SpeechError` that `work` returns, or `SpeechTooLate`.
        """
        if not self._slots.acquire(timeout=_until(deadline)):
            raise SpeechTooLate("too many calls at once")
        job = self._start(work, stop)
        try:
            job.wait(timeout=_until(deadline))
        finally:
            if not job.ready():
                self._pool.spawn(stop)
        if not job.ready():
            raise SpeechTooLate
        outcome = cast(Said | SpeechError, job.get())
        if isinstance(outcome, SpeechError):
            raise outcome
        return outcome

    def leave(self, release: Callable[[], None], *, after: "AsyncResult[None] | None") -> None:
        """Have a connection released, once it has been opened."""
        self._leaving.spawn(self._release, release, after)

    def close(self) -> None:
        """Stop all calls and end the threads."""
        for stop in list(self._stops):
            self._pool.spawn(stop)
        self._leaving.join()
        self._pool.kill()

    def _start(
        self, work: Callable[[], Said | SpeechError], stop: Callable[[], None]
    ) -> "AsyncResult[Said | SpeechError]":
        """Run `work`, which keeps its place among the calls at once for as long as it runs."""
        try:
            job = self._pool.spawn(work)
        except BaseException:
            self._slots.release()
            raise
        self._stops.add(stop)
        job.rawlink(lambda _: self._ended(stop))
        return job

    def _ended(self, stop: Callable[[], None]) -> None:
        self._stops.discard(stop)
        self._slots.release()

    def _release(self, release: Callable[[], None], after: "AsyncResult[None] | None") -> None:
        if after is not None:
            after.wait()
        self._pool.apply(release)


def _until(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
