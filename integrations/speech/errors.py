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


class SpeechError(IntegrationError):
    """Speaking or recognising did not work."""


class SpeechRefused(SpeechError):
    """The speech service refused the key, or the region does not know it."""


class SpeechOverLimit(SpeechError):
    """The speech service is over the limit of this subscription."""

    retryable = True


class SpeechUnavailable(SpeechError):
    """The speech service could not be reached, broke off or did not answer in time."""

    retryable = True


class SpeechTooLate(SpeechError):
    """The deadline passed before the speech service was done."""

    retryable = True


class SpeechRejected(SpeechError):
    """The speech service does not take this request: is the voice known in this region?"""


class NothingSpoken(SpeechError):
    """There was nothing to say, so there is no audio."""


class NothingUnderstood(SpeechError):
    """Nobody speaks in the recording, or nothing could be made out."""
