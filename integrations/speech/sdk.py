"""The objects of the speech SDK, which live and die in real threads.

All methods but the constructors block, and even dropping an object takes up to a second (speech
sheet 5): they are for a thread pool only. They return what went wrong, since an exception would
carry the objects in its traceback to the thread that must not drop them.
"""

from dataclasses import dataclass, field
from typing import Any

from azure.cognitiveservices.speech import (
    CancellationErrorCode,
    Connection,
    ResultReason,
    SpeechConfig,
    SpeechSynthesisOutputFormat,
    SpeechSynthesizer,
)

from integrations.speech.errors import (
    NothingSpoken,
    SpeechError,
    SpeechOverLimit,
    SpeechRefused,
    SpeechRejected,
    SpeechTooLate,
    SpeechUnavailable,
)

# What the SDK's Python layer raises; what the service answers comes as a result instead.
FAULTS = (RuntimeError, ValueError, OSError)

BY_CODE: dict[CancellationErrorCode, type[SpeechError]] = {
    CancellationErrorCode.AuthenticationFailure: SpeechRefused,
    CancellationErrorCode.Forbidden: SpeechRefused,
    CancellationErrorCode.TooManyRequests: SpeechOverLimit,
    CancellationErrorCode.BadRequest: SpeechRejected,
}


def why_canceled(code: CancellationErrorCode) -> SpeechError:
    """The error for a call that the SDK ended with this code (speech sheet 3).

    The SDK's own words stay out of it: they may hold what was to be said.
    """
    return BY_CODE.get(code, SpeechUnavailable)(code.name)


@dataclass(frozen=True)
class SpeechService:
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


class SpeechConnection:
    """One connection that speaks sentence after sentence with one voice."""

    def __init__(self, service: SpeechService, name: str) -> None:
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
