"""Answers in the protocols that vendors have of their own, where one comes on OpenAI's path.

A gateway that passes an answer on as it got it has been asked, and paid, all the same. Each form
here is told by what only it has; a new one is a function of the event and a line in `FORMS`. A
service that is to be asked in a protocol of its own is a `fsm.asking.models.ChatService` instead.
"""

from collections.abc import Callable

from integrations.model.content.platforms import PLATFORMS, OpenAiChoice, StreamEvent, at


def as_choice(event: StreamEvent) -> OpenAiChoice | None:
    """The choice that an event would have in OpenAI's protocol; None where it has none to have."""
    return next((choice for form in FORMS if (choice := form(event)) is not None), None)


def _anthropic(event: StreamEvent) -> OpenAiChoice | None:
    """Messages: events with a `type` each, or one object of the type `message`."""
    kind, delta = event.get("type"), event.get("delta")
    if kind == "content_block_delta" and isinstance(delta, dict):
        return {"delta": {"content": [delta]}}
    if kind == "message_delta" and isinstance(delta, dict):
        return {"finish_reason": delta.get("stop_reason")}
    if kind == "message" and isinstance(event.get("content"), list):
        return {"message": event, "finish_reason": event.get("stop_reason")}
    return {} if kind in ("message_start", "message_stop") else None


def _ollama(event: StreamEvent) -> OpenAiChoice | None:
    """`/api/chat` and `/api/generate`: an object on each line, the last of which is `done`."""
    of_it = event.keys() & {"model", "message", "response"}
    if not isinstance(event.get("done"), bool) or not of_it:
        return None
    said = event.get("message") or {"content": event.get("response")}
    ended = event.get("done_reason") or "stop"
    last = event["done"]
    return {"delta": said, "finish_reason": ended if last else None, "goes_on": not last}


def _gemini(event: StreamEvent) -> OpenAiChoice | None:
    """`generateContent`: candidates, whose content has parts, or why there are none."""
    candidates, feedback = event.get("candidates"), event.get("promptFeedback")
    if not isinstance(candidates, list):
        blocked = isinstance(feedback, dict) and feedback.get("blockReason")
        return {"finish_reason": blocked} if blocked else None
    first = candidates[0] if candidates and isinstance(candidates[0], dict) else {}
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return {"delta": {"content": parts}, "finish_reason": first.get("finishReason")}


def _responses(event: StreamEvent) -> OpenAiChoice | None:
    """OpenAI's own other protocol: `response.…` events, or an object with its output."""
    kind = str(event.get("type"))
    if kind == "response.output_text.delta":
        return {"delta": {"content": event.get("delta")}}
    if kind in ("response.completed", "response.incomplete", "response.failed"):
        event = event.get("response") or {}
    elif event.get("object") != "response":
        return {} if kind.startswith("response.") else None
    output = event.get("output")
    messages = [part for part in output or [] if isinstance(part, dict)]
    said = [part.get("content") for part in messages if part.get("type") == "message"]
    parts = [part for content in said if isinstance(content, list) for part in content]
    why = event.get("incomplete_details")
    ended = why.get("reason") if isinstance(why, dict) else event.get("status")
    return {"message": {"content": parts}, "finish_reason": ended}


def _dashscope(event: StreamEvent) -> OpenAiChoice | None:
    """Alibaba's: an output with the text, all of it so far as a rule."""
    output = event.get("output")
    if not isinstance(output, dict) or not isinstance(output.get("text"), str):
        return None
    return {"message": {"content": output["text"]}, "finish_reason": output.get("finish_reason")}


def _ernie(event: StreamEvent) -> OpenAiChoice | None:
    """Baidu's: the next piece as a result."""
    of_it = "is_end" in event or "need_clear_history" in event
    if not isinstance(event.get("result"), str) or not of_it:
        return None
    cut, last = event.get("is_truncated"), event.get("is_end", True)
    ended = "length" if cut else event.get("finish_reason") or (last and "stop")
    said = {"content": event["result"]}
    return {"delta": said, "finish_reason": ended or None, "goes_on": last is False}


def _cohere(event: StreamEvent) -> OpenAiChoice | None:
    """Cohere's: events with a type each, as Anthropic's are, and spelled otherwise."""
    kind = event.get("type")
    if kind == "content-delta":
        return {"delta": {"content": at(event, "delta", "message", "content", "text")}}
    ended = at(event, "delta", "finish_reason") if kind == "message-end" else None
    return {"finish_reason": ended} if ended else None


def _bedrock(event: StreamEvent) -> OpenAiChoice | None:
    """Amazon's `converse`, whole or as a stream."""
    if message := at(event, "output", "message"):
        return {"message": message, "finish_reason": event.get("stopReason")}
    if isinstance(delta := at(event, "contentBlockDelta", "delta"), dict):
        return {"delta": {"content": [delta]}}
    ended = at(event, "messageStop", "stopReason")
    return {"finish_reason": ended} if ended else None


def _hugging_face(event: StreamEvent) -> OpenAiChoice | None:
    """TGI's `generate`: a token in each event, beside the last all of it; or only that."""
    if isinstance(token := event.get("token"), dict):
        return {"delta": {"content": "" if token.get("special") else token.get("text")}}
    text = event.get("generated_text")
    return {"message": {"content": text}} if isinstance(text, str) else None


def _llama(event: StreamEvent) -> OpenAiChoice | None:
    """llama.cpp's `completion`."""
    if not (isinstance(event.get("content"), str) and isinstance(event.get("stop"), bool)):
        return None
    cut = event.get("stopped_limit") or event.get("stop_type") == "limit"
    ended = "length" if cut else "stop" if event["stop"] else None
    said = {"content": event["content"]}
    return {"delta": said, "finish_reason": ended, "goes_on": not event["stop"]}


def _workers(event: StreamEvent) -> OpenAiChoice | None:
    """Cloudflare's Workers AI."""
    whole = at(event, "result", "response") if event.get("success") is True else None
    piece = event.get("response") if event.keys() & {"p", "usage"} else None
    said = {"message": {"content": whole}, "delta": {"content": piece}}
    return said if isinstance(whole or piece, str) else None


FORMS: tuple[Callable[[StreamEvent], OpenAiChoice | None], ...] = (
    _anthropic,
    _ollama,
    _gemini,
    _responses,
    _dashscope,
    _ernie,
    _cohere,
    _bedrock,
    _hugging_face,
    _llama,
    _workers,
    *PLATFORMS,
)
