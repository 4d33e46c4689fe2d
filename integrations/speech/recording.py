"""Recordings that the speech SDK listens to, in real threads: see `integrations.speech.sdk`."""

import atexit
from collections.abc import Sequence
from typing import Any

from azure.cognitiveservices.speech import (
    CancellationReason,
    PronunciationAssessmentConfig,
    PronunciationAssessmentGradingSystem,
    PronunciationAssessmentGranularity,
    PropertyId,
    ResultReason,
    SpeechRecognizer,
)
from azure.cognitiveservices.speech.audio import (
    AudioConfig,
    AudioStreamFormat,
    PushAudioInputStream,
)
from azure.cognitiveservices.speech.languageconfig import AutoDetectSourceLanguageConfig
from gevent.monkey import get_original

from integrations.speech.errors import (
    NothingUnderstood,
    SpeechError,
    SpeechTooLate,
    SpeechUnavailable,
)
from integrations.speech.sdk import FAULTS, SpeechService, why_canceled

# A queue that real threads can wait on, whatever has been patched.
SimpleQueue = get_original("queue", "SimpleQueue")
PCM = {"samples_per_second": 16000, "bits_per_sample": 16, "channels": 1}


class Recording:
    """One voice message to be understood, all of its phrases."""

    def __init__(self, service: SpeechService, pcm: bytes, languages: Sequence[str]) -> None:
        self._service = service
        self._pcm = pcm
        self._languages = list(languages)
        # Phrases as they are understood, then an error, or None at the end of the recording.
        self._events: Any = SimpleQueue()

    def understand(self) -> str | SpeechError:
        """The words that are spoken."""
        heard = self._hear()
        return heard if isinstance(heard, SpeechError) else together(heard) or NothingUnderstood()

    def stop(self) -> None:
        """Let `understand` return. Does not block."""
        self._events.put(SpeechTooLate())

    def _hear(self) -> list[str] | SpeechError:
        """What is made out of each phrase: see `_of_phrase`."""
        try:
            stream = PushAudioInputStream(AudioStreamFormat(**PCM))
            return self._listen(self._recognizer(stream), stream)
        except FAULTS as exc:
            return SpeechUnavailable(type(exc).__name__)

    def _of_phrase(self, result: Any) -> str:
        return str(result.text)

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

        recognizer.recognized.connect(lambda event: self._events.put(self._of_phrase(event.result)))
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


class Pronounced(Recording):
    """One voice message whose pronunciation is judged, without a text that it should have said."""

    def __init__(self, service: SpeechService, pcm: bytes, language: str) -> None:
        super().__init__(service, pcm, [language])

    def judge(self) -> list[str] | SpeechError:
        """What the service says of each phrase: JSON, the detailed result with its assessment."""
        return self._hear()

    def _of_phrase(self, result: Any) -> str:
        if result.reason != ResultReason.RecognizedSpeech:
            return ""
        return str(result.properties.get(PropertyId.SpeechServiceResponse_JsonResult) or "")

    def _recognizer(self, stream: PushAudioInputStream) -> SpeechRecognizer:
        recognizer = super()._recognizer(stream)
        PronunciationAssessmentConfig(
            reference_text="",
            grading_system=PronunciationAssessmentGradingSystem.HundredMark,
            granularity=PronunciationAssessmentGranularity.Word,
        ).apply_to(recognizer)
        return recognizer


def together(phrases: Sequence[str]) -> str:
    """One text of several phrases: a space after those that end in a Latin script."""
    return "".join(p + " " if p[-1:].isascii() else p for p in phrases if p).strip()
