"""Text to speech and speech to text by Azure, without blocking the loop.

The SDK is native code that blocks the thread it is called in. It runs in real threads here
(`integrations.speech.sdk`), and greenlets wait for these up to a deadline they give, in
seconds of `time.monotonic()`. It is loaded with the first `Speech`, and not where there is none.
"""

import re
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from integrations.speech.errors import NothingSpoken, NothingUnderstood, SpeechRejected
from integrations.speech.pronunciation import Pronunciation, judged
from integrations.speech.threads import Threads, until

if TYPE_CHECKING:
    from integrations.speech.sdk import SpeechConnection

# A name goes into the SSML as it is (speech sheet 2).
VOICE_NAME = re.compile(r"[A-Za-z0-9:-]+")


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
        # Also what decodes voices: later it would hold up the loop for 0.1 s.
        from integrations.speech import decoding, recording, sdk

        self._sdk, self._recording, _ = sdk, recording, decoding
        self._service = sdk.SpeechService(
            subscription=subscription,
            region=region,
            endpoint=endpoint,
            first_audio_seconds=first_audio_seconds,
            all_audio_seconds=all_audio_seconds,
            retries=retries,
        )
        self._threads = Threads(at_once)

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
        heard = self._recording.Recording(self._service, pcm, languages)
        return self._threads.call(heard.understand, deadline=deadline, stop=heard.stop)

    def pronunciation(self, pcm: bytes, *, language: str, deadline: float) -> Pronunciation:
        """How a recording is pronounced, as `recognize` takes it; whatever it says.

        Raises as `recognize` does, `NothingUnderstood` also where the service gives no scores.
        """
        if not pcm:
            raise NothingUnderstood("an empty recording")
        spoken = self._recording.Pronounced(self._service, pcm, language)
        phrases = self._threads.call(spoken.judge, deadline=deadline, stop=spoken.stop)
        if (found := judged(phrases)) is None:
            raise NothingUnderstood("no scores in what the service says")
        return found

    def close(self) -> None:
        """Stop what is being said or heard, and end the threads: in two seconds at most."""
        self._threads.close()

    def _voice(self, name: str) -> "SpeechConnection":
        if not VOICE_NAME.fullmatch(name):
            raise SpeechRejected("not the name of a voice")
        return self._sdk.SpeechConnection(self._service, name)


class Speaker:
    """Says sentence after sentence with one voice over one connection; for one greenlet at a time.

    It owns threads and a connection until it is closed. After `SpeechTooLate` it says no more.
    """

    def __init__(self, voice: "SpeechConnection", threads: Threads, *, ahead: bool = True) -> None:
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
            self._opening.wait(timeout=until(deadline))
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
