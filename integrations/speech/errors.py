"""What can go wrong with the speech service, named for what happened.

- `SpeechError`: `retryable` says whether asking again may help
  - `SpeechRefused`: the service does not take our key
  - `SpeechOverLimit`: the service has had enough of us for now
  - `SpeechUnavailable`: the service cannot be reached, or fails
  - `SpeechTooLate`: the deadline passed first
  - `SpeechRejected`: the service does not take what was asked for
  - `NothingSpoken`: there was nothing to say
  - `NothingUnderstood`: there was nothing to understand
"""

from integrations import IntegrationError
from settings.language import Sentence


class SpeechError(IntegrationError):
    """Speaking or recognising did not work."""


class SpeechRefused(SpeechError):
    """The speech service refused the key, or the region does not know it."""

    advice = Sentence("check azure.subscription and azure.region")


class SpeechOverLimit(SpeechError):
    """The speech service is over the limit of this subscription."""

    retryable = True
    advice = Sentence("lower limits.speech_calls, or raise the subscription's limit")


class SpeechUnavailable(SpeechError):
    """The speech service could not be reached, broke off or did not answer in time."""

    retryable = True
    advice = Sentence("check this machine's network, azure.region and azure.endpoint")


class SpeechTooLate(SpeechError):
    """The deadline passed before the speech service was done."""

    retryable = True
    advice = Sentence("the speech service hangs: check this machine's network and azure.region")


class SpeechRejected(SpeechError):
    """The speech service does not take this request: is the voice known in this region?"""

    advice = Sentence("check azure.zh_model and azure.en_model")


class NothingSpoken(SpeechError):
    """There was nothing to say, so there is no audio."""

    about_the_service = False
    advice = Sentence("the answer held nothing to say: nothing to mend")


class NothingUnderstood(SpeechError):
    """Nobody speaks in the recording, or nothing could be made out."""

    about_the_service = False
    advice = Sentence("the recording held nothing to understand: nothing to mend")
