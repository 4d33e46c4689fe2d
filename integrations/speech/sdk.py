"""The objects of the speech SDK, which live and die in real threads.

All methods but the constructors block, and even dropping an object takes up to a second (speech
sheet 5): they are for a thread pool only. They return what went wrong, since an exception would
carry the objects in its traceback to the thread that must not drop them.
"""

import atexit
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from azure.cognitiveservices.speech import (
    CancellationReason,
    Connection,
    ResultReason,
    SpeechConfig,
    SpeechRecognizer,
    SpeechSynthesisOutputFormat,
    SpeechSynthesizer,
)
from azure.cognitiveservices.speech.audio import (
    AudioConfig,
    AudioStreamFormat,
    PushAudioInputStream,
)
from azure.cognitiveservices.speech.languageconfig import AutoDetectSourceLanguageConfig
from gevent.monkey import get_original

from integrations.speech.errors import (
    NothingSpoken,
    NothingUnderstood,
    SpeechError,
    SpeechRejected,
    SpeechTooLate,
    SpeechUnavailable,
    why_canceled,
)

# What the SDK's Python layer raises; what the service answers comes as a result instead.
FAULTS = (RuntimeError, ValueError, OSError)
# A queue that real threads can wait on, whatever has been patched.
SimpleQueue = get_original("queue", "SimpleQueue")
PCM = {"samples_per_second": 16000, "bits_per_sample": 16, "channels": 1}


@dataclass(frozen=True)
class Service:
    """Where the service is, and how long it may take. An `endpoint` goes before the `region`."""

    subscription: str = field(repr=False)
    region: str
    endpoint: str
    first_audio_seconds: float  # connecting included
    all_audio_seconds: float
    retries: int

    def config(self) -> SpeechConfig:
        """The SDK's settings. Raises what the SDK raises (`FAULTS`)."""
        if self.endpoint:
            config = SpeechConfig(subscription=self.subscription or None, host=self.endpoint)
        else:
            config = SpeechConfig(subscription=self.subscription, region=self.region)
        for name, value in {
            "SpeechSynthesis_FirstChunkTimeoutMs": round(self.first_audio_seconds * 1000),
            "SpeechSynthesis_AllChunkTimeoutMs": round(self.all_audio_seconds * 1000),
            "SpeechSynthesis_MaxRetryTimes": self.retries,
            # Else a recording is sent at twice the speed of its speech: 40 s of it took 20.7 s
            # instead of 0.3 s, more than a follower can wait.
            "SPEECH-TransmitLengthBeforThrottleMs": 600_000,
            # Else one that failed ends 11 s later, after four more tries and two waits.
            "SPEECH-Error-MaxRetryCount": self.retries,
            "SPEECH-StopRecognitionTimeoutInSeconds": 0,
        }.items():
            config.set_property_by_name(name, str(value))
        return config


class Voice:
    """One connection that speaks sentence after sentence with one voice."""

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._name = name
        self._synthesizer: Any = None
        self._connection: Any = None
        self._stopped = False

    def open(self) -> None:
        """Begin to connect, ahead of the first text. What goes wrong with it, `say` tells."""
        try:
            self._prepare()
            self._connection = Connection.from_speech_synthesizer(self._synthesizer)
            self._connection.open(True)
        except FAULTS:
            self._connection = self._synthesizer = None

    def say(self, text: str) -> bytes | SpeechError:
        """The MP3 of the whole text; a part of it is an error."""
        if self._stopped:
            return SpeechTooLate()
        try:
            self._prepare()
            result = self._synthesizer.speak_text(text)
        except UnicodeError:
            return SpeechRejected("not a text that UTF-8 can hold")
        except FAULTS as exc:
            return SpeechUnavailable(type(exc).__name__)
        if result.reason != ResultReason.SynthesizingAudioCompleted:
            return why_canceled(result.cancellation_details.error_code)
        audio: bytes = result.audio_data
        return audio or NothingSpoken("the service sent no audio")

    def stop(self) -> None:
        """End what is being said, if anything is; nothing is said after it."""
        self._stopped = True
        if self._synthesizer is not None:
            self._synthesizer.stop_speaking()

    def release(self) -> None:
        """Close the connection. Without the stop a running call would leave its threads behind."""
        self.stop()
        self._connection = self._synthesizer = None

    def _prepare(self) -> None:
        if self._synthesizer is None:
            config = self._service.config()
            config.speech_synthesis_voice_name = self._name
            config.set_speech_synthesis_output_format(
                SpeechSynthesisOutputFormat.Audio16Khz32KBitRateMonoMp3
            )
            self._synthesizer = SpeechSynthesizer(config, audio_config=None)


class Recording:
    """One voice message to be understood, all of its phrases."""

    def __init__(self, service: Service, pcm: bytes, languages: Sequence[str]) -> None:
        self._service = service
        self._pcm = pcm
        self._languages = list(languages)
        # Phrases as they are understood, then an error, or None at the end of the recording.
        self._events: Any = SimpleQueue()

    def understand(self) -> str | SpeechError:
        """The words that are spoken."""
        try:
            stream = PushAudioInputStream(AudioStreamFormat(**PCM))
            heard = self._listen(self._recognizer(stream), stream)
        except FAULTS as exc:
            return SpeechUnavailable(type(exc).__name__)
        if isinstance(heard, SpeechError):
            return heard
        return together(heard) or NothingUnderstood()

    def stop(self) -> None:
        """Let `understand` return. Does not block."""
        self._events.put(SpeechTooLate())

    def _recognizer(self, stream: PushAudioInputStream) -> SpeechRecognizer:
        config, audio = self._service.config(), AudioConfig(stream=stream)
        if len(self._languages) == 1:
            return SpeechRecognizer(config, audio, language=self._languages[0])
        any_of = AutoDetectSourceLanguageConfig(self._languages)
        return SpeechRecognizer(config, audio, auto_detect_source_language_config=any_of)

    def _listen(
        self, recognizer: SpeechRecognizer, stream: PushAudioInputStream
    ) -> list[str] | SpeechError:
        signals = recognizer.recognized, recognizer.canceled, recognizer.session_stopped

        def hear_no_more() -> None:
            for signal in signals:
                signal.disconnect_all()

        recognizer.recognized.connect(lambda event: self._events.put(event.result.text))
        recognizer.canceled.connect(self._canceled)
        recognizer.session_stopped.connect(lambda _: self._events.put(None))
        # An event that comes while Python shuts down would abort the process (speech sheet 5).
        atexit.register(hear_no_more)
        try:
            recognizer.start_continuous_recognition()
            # After the start: audio that waits for it delays one start in four by half a second.
            stream.write(self._pcm)
            stream.close()
            return self._until_the_end()
        finally:
            hear_no_more()
            atexit.unregister(hear_no_more)
            recognizer.stop_continuous_recognition()

    def _canceled(self, event: Any) -> None:
        if event.cancellation_details.reason == CancellationReason.Error:
            self._events.put(why_canceled(event.cancellation_details.code))

    def _until_the_end(self) -> list[str] | SpeechError:
        phrases: list[str] = []
        while isinstance(event := self._events.get(), str):
            phrases.append(event)
        return event if isinstance(event, SpeechError) else phrases


def together(phrases: Sequence[str]) -> str:
    """One text of several phrases: a space after those that end in a Latin script."""
    return "".join(p + " " if p[-1:].isascii() else p for p in phrases if p).strip()
