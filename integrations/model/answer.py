"""The model's answer as it comes in, event by event or whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.model.errors import (
    AnswerTooLong,
    AnswerWithheld,
    EmptyAnswer,
    KeyRefused,
    MalformedEvent,
    ModelError,
    ModelFailed,
    OverTheLimit,
)

LONGEST_ANSWER = 100_000  # characters


@dataclass(frozen=True)
class Answer:
    """What the model said. `cut_by_length`: it stopped at `max_tokens`."""

    text: str = field(repr=False)
    cut_by_length: bool


class IncomingAnswer:
    """An answer as it comes in."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._pieces: list[str] = []
        self._length = 0
        self.begun = False  # whether there is anything to read yet
        self._half = ""  # the first half of a character, whose other half is still to come
        self._finish: str | None = None

    @property
    def finished(self) -> bool:
        return self._finish is not None

    def take(self, content: Any) -> None:
        """One event of the stream, or the whole answer. Raises `ModelError`s.

        Behind the end of the answer there may be anything: the usage, in whatever form.
        """
        if self.finished:
            return
        if not isinstance(content, dict):
            raise MalformedEvent("not a JSON object")
        if error := content.get("error"):
            raise _reported(error)
        choices = content.get("choices")
        if not isinstance(choices, list):
            raise MalformedEvent("an event without choices")
        if not choices:  # the last event may bring nothing but the usage
            return
        choice = choices[0]
        message = isinstance(choice, dict) and (choice.get("delta") or choice.get("message") or {})
        text = message.get("content") if isinstance(message, dict) else 0
        if not isinstance(text, str | None):
            raise MalformedEvent("a choice without text")
        if text:
            self._add(text)
        self._finish = choice.get("finish_reason") or self._finish

    def _add(self, piece: str) -> None:
        text = self._half + piece
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = _whole(text.removesuffix(self._half))
        if not text:
            return
        self._length += len(text)
        self.begun = self.begun or not text.isspace()
        if self._length > LONGEST_ANSWER:
            raise AnswerTooLong(f"more than {LONGEST_ANSWER} characters")
        self._pieces.append(text)
        self._on_text(text)

    def answer(self) -> Answer:
        """The answer, once it has ended. Raises `AnswerWithheld`, `EmptyAnswer`."""
        if self._finish == "content_filter":
            raise AnswerWithheld("finish_reason is content_filter")
        text = "".join(self._pieces)
        if not text.strip():
            raise EmptyAnswer("the answer is blank")
        return Answer(text, cut_by_length=self._finish == "length")


def _whole(text: str) -> str:
    """The text with halves of characters put together, and without those that are alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _reported(error: Any) -> ModelError:
    """An error that came inside the stream, by the service's own words for it."""
    kinds = (
        {str(error.get(name, "")) for name in ("code", "type")} if type(error) is dict else set()
    )
    if any("rate_limit" in kind or kind in ("429", "insufficient_quota") for kind in kinds):
        return OverTheLimit("an error in the answer: over the limit")
    if any("invalid_api_key" in kind or "authentication" in kind for kind in kinds):
        return KeyRefused("an error in the answer: the key is refused")
    return ModelFailed("an error in the answer")
