"""What can go wrong with a model, named for what happened.

- `ModelError`: `retryable`, `status` (of HTTP, where there was one) and `begun`: text had come
  - `KeyRefused`: 401 or 403; another key may do
  - `OverTheLimit`: 429; `retry_after` seconds, where the service says so
  - `RequestRefused`: any other 4xx, or a redirect, which no key is sent after
  - `ModelFailed`: 5xx, or an error in the middle of the stream
  - `ModelUnreachable`: no connection, or it broke before anything was answered
  - `ModelSilent`: connected, then nothing for too long
  - `AnswerTooLate`: the whole answer took longer than it may
  - `AnswerTooLong`: more text than any follower reads
  - `StreamCut`: it ended without saying that this was the end
  - `MalformedEvent`: not what an OpenAI-compatible service sends
  - `AnswerWithheld`: the service's filter took it back
  - `EmptyAnswer`: it ended, and nothing was said

Texts never hold a key, the question, the answer or an address.
"""

from email.utils import parsedate_to_datetime

from integrations import IntegrationError

LONGEST_REST = 3600.0  # seconds; a service that asks for more is asked again all the same


class ModelError(IntegrationError):
    """The model did not answer."""

    def __init__(self, reason: str, *, status: int | None = None, begun: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.begun = begun


class KeyRefused(ModelError):
    """The key is refused; another one may do."""

    retryable = True


class OverTheLimit(ModelError):
    """The key is over its limit for now. `retry_after`: seconds, None where nothing was said."""

    retryable = True
    retry_after: float | None = None


class RequestRefused(ModelError):
    """The service understands the request and does not want it: check model and base_url."""


class ModelFailed(ModelError):
    """The service has a fault of its own."""

    retryable = True


class ModelUnreachable(ModelError):
    """There is no connection to the service."""

    retryable = True


class ModelSilent(ModelError):
    """The service took the question and then said nothing for too long."""

    retryable = True


class AnswerTooLate(ModelError):
    """The answer did not end in time."""


class AnswerTooLong(ModelError):
    """The answer is longer than any that makes sense."""


class StreamCut(ModelError):
    """The answer broke off."""

    retryable = True


class MalformedEvent(ModelError):
    """What came is not what an OpenAI-compatible service sends."""


class AnswerWithheld(ModelError):
    """The service's content filter withheld the answer."""


class EmptyAnswer(ModelError):
    """The model ended without having said anything."""

    retryable = True


def refusal(status: int, headers: dict[str, str], *, at: float) -> ModelError:
    """The error for an HTTP status other than 200. `headers` have lower-case names, `at` is now."""
    if status in (401, 403):
        return KeyRefused(f"HTTP {status}", status=status)
    if status == 429:
        error = OverTheLimit("HTTP 429", status=status)
        error.retry_after = retry_after(headers, at=at)
        return error
    kind = ModelFailed if status >= 500 or status == 408 else RequestRefused
    return kind(f"HTTP {status}", status=status)


def retry_after(headers: dict[str, str], *, at: float) -> float | None:
    """Seconds to wait, from `Retry-After` (seconds or a date) or `retry-after-ms`, if said."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(LONGEST_REST, max(0.0, float(headers[name]) * unit))
        except (KeyError, ValueError):
            continue
    try:
        until = parsedate_to_datetime(headers["retry-after"]).timestamp()
    except (KeyError, ValueError):
        return None
    return min(LONGEST_REST, max(0.0, until - at))
