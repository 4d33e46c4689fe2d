"""Answers in the protocols of platforms that put knowledge, tools and workflows around a model.

The same as `native`, for services that are no model's own; a new one is a function and a line.
"""

from collections.abc import Callable
from typing import Any

StreamEvent = dict[str, Any]
OpenAiChoice = dict[str, Any]


def at(event: Any, *names: str) -> Any:
    """What stands inside objects under these names; None where there is none."""
    for name in names:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def _dify(event: StreamEvent) -> OpenAiChoice | None:
    """Dify's, whose events have a name inside; its moderation replaces what was said."""
    match event.get("event"):
        case "message" | "agent_message":
            return {"delta": {"content": event.get("answer")}}
        case "text_chunk":
            return {"delta": {"content": at(event, "data", "text")}}
        case "message_replace":
            return {"message": {"content": event.get("answer")}, "replaces": True}
        case "message_end" | "workflow_finished":
            return {}
    return None


def _coze(event: StreamEvent) -> OpenAiChoice | None:
    """Coze's: messages of several types, of which one is the answer; the last repeats all of it."""
    if event.get("role") != "assistant" or "content_type" not in event:
        return None
    return {"message": {"content": event.get("content")}} if event.get("type") == "answer" else {}


def _ragflow(event: StreamEvent) -> OpenAiChoice | None:
    """RAGFlow's own: all there is by then, with what it refers to."""
    data = event.get("data")
    of_it = isinstance(data, dict) and "reference" in data
    return {"message": {"content": at(data, "answer")}} if of_it else None


def _lke(event: StreamEvent) -> OpenAiChoice | None:
    """Tencent's platform: all there is by then, and what was asked in the same form."""
    payload = event.get("payload")
    if event.get("type") != "reply" or not isinstance(payload, dict):
        return None
    return {} if payload.get("is_from_self") else {"message": {"content": payload.get("content")}}


def _app_builder(event: StreamEvent) -> OpenAiChoice | None:
    """Baidu's platform: the next piece."""
    if "is_completion" not in event:
        return None
    return {"delta": {"content": event.get("answer")}, "goes_on": event["is_completion"] is False}


PLATFORMS: tuple[Callable[[StreamEvent], OpenAiChoice | None], ...] = (
    _dify,
    _coze,
    _ragflow,
    _lke,
    _app_builder,
)
