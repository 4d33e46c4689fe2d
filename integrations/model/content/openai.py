"""Where the words of an answer stand in what a service sends: one event of a stream, or all of it.

Services, and gateways in front of them, differ in where they put the text, in what they put beside
it, and in whether a stream has pieces (`delta`), the whole so far (`message`), or both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.model.content.endings import word_of
from integrations.model.content.native import as_choice

# That some services and gateways put around it.
WRAPPINGS = ("data", "output", "result", "response", "payload", "Response")
NOT_SAID = ("thinking", "thought", "reasoning", "analysis", "reference", "citation", "tool")
OTHERS = ("tool", "function", "reasoning", "thinking", "system", "user")


@dataclass(frozen=True)
class ChoiceContent:
    """What one event brings: the next `piece` of the text, or a `whole` of it, and its end."""

    piece: str = field(default="", repr=False)
    whole: str = field(default="", repr=False)
    finish: str = ""  # as `endings.word_of` has it
    calls_a_tool: bool = False
    replaces: bool = False  # the whole stands in the place of what was said before
    goes_on: bool = False  # it says itself that it is not the last one
    thinks: bool = False  # it brings something, though nothing to read
    number: Any = 0  # of the choice; only one is asked for


BEFORE_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
PLAIN = {"content", "role"}


def plain_piece(event: Any) -> str | None:
    """The text of an event as most services send most of them; None: it wants a closer look."""
    try:
        [choice] = event["choices"]
        delta = choice["delta"]
        text = delta["content"]
        usual = delta.keys() <= PLAIN and delta.get("role") in (None, "assistant")
        more = choice.get("finish_reason") or choice.get("index") or choice.get("message")
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    elsewhere = "finishReason" in choice or "finish_details" in choice
    beside = elsewhere or "error" in event or "finish_reason" in event
    if more or not usual or beside:
        return None
    return text if type(text) is str and text else None


def choices_in(content: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The choices of an event; None where it has none to have, as a ping."""
    for place in (content, *(content.get(name) for name in WRAPPINGS)):
        if isinstance(place, list) and place:
            place = place[0]
        if isinstance(place, dict):
            empty = place.get("choices")
            choices = empty or _in_small_letters(place.get("Choices")) or empty
            if isinstance(choices, dict):
                return [choices]
            if isinstance(choices, list):
                return [choice for choice in choices if isinstance(choice, dict)]
    choice = as_choice(content)
    return None if choice is None else [choice]


def _in_small_letters(choices: Any) -> Any:
    """Choices as others have them, of Tencent's own protocol: capital letters begin its names."""
    if isinstance(choices, list):
        return [_in_small_letters(choice) for choice in choices]
    if not isinstance(choices, dict):
        return choices
    named = {BEFORE_CAPITAL.sub("_", name).lower(): value for name, value in choices.items()}
    return {name: _in_small_letters(value) for name, value in named.items()}


def content_in(choice: dict[str, Any]) -> ChoiceContent:
    """What a choice says."""
    delta, message = choice.get("delta"), choice.get("message")
    piece = _words(delta) or _text(choice.get("text")) or _of_several(choice.get("messages"))
    whole = _words(message)
    places = (delta if isinstance(delta, dict) else {}, "finish_reason"), (choice, "finish_details")
    finish = word_of(choice.get("finish_reason")) or word_of(choice.get("finishReason"))
    finish = finish or next(filter(None, (word_of(of.get(name)) for of, name in places)), "")
    calls = any(_calls_a_tool(part) for part in (delta, message))
    thinks = any(map(_brings_something, (delta, message)))
    return ChoiceContent(
        piece,
        whole,
        finish,
        calls_a_tool=calls,
        replaces=choice.get("replaces") is True,
        goes_on=choice.get("goes_on") is True,
        thinks=thinks,
        number=choice.get("index") or 0,
    )


def _of_several(messages: Any) -> str:
    """What the messages say that some services have in place of one, beside those of tools."""
    if not isinstance(messages, list):
        return ""
    of_text = (message.get("text") for message in messages if isinstance(message, dict))
    return "".join(map(_words, messages)) or "".join(map(_text, of_text))


def _calls_a_tool(message: Any) -> bool:
    """Whether it has the model's wish that something be done for it."""
    return isinstance(message, dict) and bool(
        message.get("tool_calls") or message.get("function_call")
    )


def _brings_something(message: Any) -> bool:
    """Whether there is more than whose turn it is: a thought, in whatever form."""
    return isinstance(message, dict) and any(
        value for name, value in message.items() if name != "role"
    )


def _words(message: Any) -> str:
    """What a delta or a message says; thoughts and other people's words are left out."""
    if isinstance(message, str):
        return message
    if not isinstance(message, dict) or message.get("role") in OTHERS:
        return ""
    if _is_thought(message):
        return ""
    audio = message.get("audio")  # what is said in it stands beside, as OpenAI's own models have it
    heard = audio.get("transcript") if isinstance(audio, dict) else ""
    return _text(message.get("content")) or _text(message.get("refusal")) or _text(heard)


def _text(content: Any) -> str:
    """The text of a content in any of its forms: a text, a list of parts, one part."""
    if isinstance(content, str):
        return content
    if isinstance(content, int | float) and not isinstance(content, bool):
        return str(content)  # a piece that some encoder took for a number
    if isinstance(content, dict):
        content = content.get("parts") or [content]
    return "".join(_parts(content)) if isinstance(content, list) else ""


def _parts(content: list[Any]) -> Iterator[str]:
    for part in content:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and not _is_thought(part):
            text = part.get("text", part.get("refusal", part.get("content")))
            if isinstance(text, dict):
                text = text.get("value")
            if isinstance(text, str):
                yield text


def _is_thought(part: dict[str, Any]) -> bool:
    kind = str(part.get("type") or part.get("phase") or part.get("channel") or "").lower()
    return kind.startswith(NOT_SAID) or part.get("thought") is True


def tokens_in(part: dict[str, Any]) -> int | None:
    """How many tokens question and answer have had, where this part of an answer says it."""
    usage = part.get("usage")
    if not isinstance(usage, dict):
        return None
    total = usage.get("total_tokens")
    if not is_count(total):
        counts: list[Any] = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
        total = sum(counts) if all(map(is_count, counts)) else None
    return total or None


def is_count(value: Any) -> bool:
    """Whether it is a whole number that may count something."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000_000
