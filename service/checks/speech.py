"""The speech service: each voice says a word."""

import time
from collections.abc import Iterator

from integrations.speech.errors import (
    SpeechError,
    SpeechOverLimit,
    SpeechRefused,
    SpeechRejected,
    SpeechTooLate,
)
from service import clients
from service.checks.finding import Finding, failed, fine, left_out
from service.checks.subject import Subject
from settings.language import Sentence, said

SECONDS = 15.0
WORDS = {"zh_model": "你好。", "en_model": "Hello."}
CURES: dict[type[SpeechError], Sentence] = {
    SpeechRefused: Sentence(
        "compare azure.subscription and azure.region with the speech resource's keys"
    ),
    SpeechOverLimit: Sentence("lower limits.speech_calls, or raise the resource's tier"),
    SpeechRejected: Sentence(
        "is this voice known in azure.region? see azure.zh_model and azure.en_model"
    ),
    SpeechTooLate: Sentence("the service is slow from here: take a nearer azure.region"),
}
UNREACHABLE = Sentence("check this machine's network and azure.region or azure.endpoint")


def voices(subject: Subject) -> Iterator[Finding]:
    """Both voices, where anything is spoken; else one shows that key and region are right."""
    settings = subject.settings
    speech = clients.speech(settings)
    if speech is None:
        yield left_out(said("speech"), said("neither spoken nor heard: no speech service is set"))
        return
    names = list(WORDS) if settings.azure.trans_to_voice else ["zh_model"]
    try:
        for name in names:
            voice, began = getattr(settings.azure, name), time.monotonic()
            what = said("speech, {voice}", voice=voice)
            try:
                speech.speak(WORDS[name], voice, deadline=began + SECONDS)
            except SpeechError as error:
                cure = str(CURES.get(type(error), UNREACHABLE))
                yield failed(what, error, cure, matters=settings.azure.trans_to_voice)
            else:
                took = time.monotonic() - began
                yield fine(what, said("a word spoken in {took:.1f} s", took=took))
    finally:
        speech.close()
