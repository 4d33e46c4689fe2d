"""Parameters that a service refuses: what it says of them, and how it is asked from then on.

A row is a refusal that somebody has met. To add one, add a line.
"""

from typing import Any

import pytest

from tests.dialects.conftest import Thinks
from tests.dialects.service import DONE, Service, delta, refused, response, stream

WELL = stream(delta("好了。", "stop"), DONE)


# fmt: off
PARAMETERS = [
    ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_completion_tokens", 1000),
    ("max_tokens is too large: 1000. This model supports at most 512 completion tokens", "max_tokens", 512),
    ("Invalid max_tokens value, the valid range of max_tokens is [1, 512]", "max_tokens", 512),
    ("Range of max_tokens should be [1, 512]", "max_tokens", 512),
    ("Unsupported value: 'temperature' does not support 0.8 with this model. Only the default (1) value is supported.", "temperature", None),
    ("invalid temperature: only 1 is allowed for this model", "temperature", None),
    ("temperature is deprecated for this model", "temperature", None),
    ("temperature 参数非法。取值范围是 (0, 1)", "temperature", None),
    ("max_tokens 参数非法。取值范围是 [1, 512]", "max_tokens", 512),
    ("Your organization must be verified to stream this model.", "stream", False),
    ("Streaming is not supported for this model.", "stream", False),
    ("Non-streaming is not supported, please set stream=true", "stream", True),
    ("current user api does not support http call.", "stream", True),
    ("This model only support stream mode, please enable the stream parameter", "stream", True),
    ("parameter.enable_thinking must be set to false for non-streaming calls", "enable_thinking", False),
    ("Unrecognized request argument supplied: max_tokens", "max_completion_tokens", 1000),
    ("[{'type': 'extra_forbidden', 'loc': ('body', 'max_tokens'), 'msg': 'Extra inputs are not permitted'}]", "max_completion_tokens", 1000),
    ("[{'type': 'extra_forbidden', 'loc': ('body', 'temperature'), 'msg': 'Extra inputs are not permitted'}]", "temperature", None),
    ("'max_tokens' or 'max_completion_tokens' is too large: 1000. This model's maximum context length is 512 tokens and your request has 100 input tokens (1000 > 512 - 100).", "max_tokens", 256),
    ("'max_tokens' or 'max_completion_tokens' is too large: 1000. This model's maximum context length is 512 tokens and your request has 300 input tokens (1000 > 512 - 300).", "max_tokens", 128),
    ("This model's maximum context length is 1024 tokens. However, you requested 1100 tokens (100 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.", "max_tokens", 512),
    ("This endpoint's maximum context length is 1024 tokens. However, you requested about 1100 tokens (100 of text input, 1000 in the output).", "max_tokens", 512),
    ("Requested token count exceeds the model's maximum context length of 1024 tokens. You requested a total of 1100 tokens: 100 tokens from the input messages and 1000 tokens for the completion.", "max_tokens", 512),
    ("input length and `max_tokens` exceed context limit: 100 + 1000 > 1024, decrease input length or `max_tokens` and try again", "max_tokens", 512),
    ("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1024. Given: 100 `inputs` tokens and 1000 `max_new_tokens`", "max_tokens", 512),
    ("`max_tokens` must be less than or equal to `512`, the maximum value for `max_tokens` is less than the `context_window` for this model", "max_tokens", 512),
]
EXTRAS = [
    ("[{'type': 'extra_forbidden', 'loc': ('body', 'thinking'), 'msg': 'Extra inputs are not permitted'}]", "thinking"),
    ("Unrecognized request argument supplied: enable_thinking", "enable_thinking"),
    ("Unknown parameter: 'thinking'.", "thinking"),
    ("Additional properties are not allowed ('enable_thinking' was unexpected)", "enable_thinking"),
    ('Invalid JSON payload received. Unknown name "thinking": Cannot find field.', "thinking"),
    ('"reasoning_effort" is not supported with this model', "reasoning_effort"),
    ("Unsupported value: 'reasoning_effort' does not support 'none' with this model.", "reasoning_effort"),
    ('invalid think value: "none" (must be "high", "medium", "low", true, or false)', "reasoning_effort"),
    ("property 'chat_template_kwargs' is unsupported", "chat_template_kwargs"),
    ("Value error, current model does not support parameter `enable_thinking`.", "enable_thinking"),
    ("The value of the enable_thinking parameter is restricted to True.", "enable_thinking"),
    ("The parameter `thinking` specified in the request are not valid: thinking is not supported by this model.", "thinking"),
    ("Failed to deserialize the JSON body: unknown field `thinking`, expected one of `messages`, `model`", "thinking"),
    ("top_k is not supported", "top_k"),
    ("Unsupported parameter: my_own_key", "my_own_key"),
]
SYSTEM = [
    "System role not supported",
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "Developer instruction is not enabled for models/gemma-3",
    "system message is not supported",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "the role of message with odd index in the messages must be user",
    "messages 参数非法：不支持 system 角色",
]
# fmt: on


@pytest.mark.parametrize(("message", "name", "value"), PARAMETERS)
def test_a_refused_parameter_is_put_otherwise_from_then_on(
    service: Service,
    brain: Thinks,
    caplog: pytest.LogCaptureFixture,
    message: str,
    name: str,
    value: Any,
) -> None:
    service.answers = [refused(message), WELL]
    asking = brain(stream_response=name != "enable_thinking" and (name, value) != ("stream", True))
    assert asking.ask().answer == "好了。"
    assert asking.ask().answer == "好了。"
    assert [body.get(name) for body in service.bodies[1:]] == [value, value]
    assert caplog.text.count("event=model_adapted") == 1


@pytest.mark.parametrize(("message", "name"), EXTRAS)
def test_what_the_operator_has_put_in_is_left_out_where_the_service_names_it(
    service: Service, brain: Thinks, caplog: pytest.LogCaptureFixture, message: str, name: str
) -> None:
    """The settings that ship have DeepSeek's switch for thoughts: another service refuses it."""
    service.answers = [refused(message), WELL]
    asking = brain(extra_body={name: "x", "kept": 1})
    assert [asking.ask().answer for _ in range(2)] == ["好了。"] * 2
    assert [(name in body, body["kept"]) for body in service.bodies[1:]] == [(False, 1)] * 2
    assert "set openai.extra_body: {kept: …}" in caplog.text


@pytest.mark.parametrize(
    ("asked", "limit"), [(1500, 1000), (800, 500), (1000, 1000)], ids=["turns", "both", "all"]
)
def test_of_a_limit_that_is_not_what_is_too_much_the_history_gives_way(
    service: Service, brain: Thinks, asked: int, limit: int
) -> None:
    """Where the limit is small beside what the model can read, or the turns leave it no room."""
    service.answers = [
        refused(
            f"This model's maximum context length is 1200 tokens. However, you requested"
            f" {asked + limit} tokens ({asked} in the messages, {limit} in the completion)."
        )
    ]
    assert (brain().ask().failure or "").startswith("ConversationTooLong")
    assert len(service.bodies) == 1


@pytest.mark.parametrize("message", SYSTEM)
def test_without_a_systems_turn_the_prompt_goes_with_the_first_question(
    service: Service, brain: Thinks, message: str
) -> None:
    service.answers = [refused(message), WELL]
    assert brain(system_prompt="你是助手。").ask("你好").answer == "好了。"
    assert service.bodies[1]["messages"] == [{"role": "user", "content": "你是助手。\n\n你好"}]


def test_several_parameters_are_refused_one_after_the_other(
    service: Service, brain: Thinks
) -> None:
    service.answers = [
        refused(PARAMETERS[0][0]),
        refused(PARAMETERS[4][0]),
        refused(SYSTEM[1]),
        WELL,
    ]
    assert brain().ask().answer == "好了。"


def test_a_parameter_that_cannot_be_put_otherwise_is_a_failure(
    service: Service, brain: Thinks
) -> None:
    service.answers = [refused(PARAMETERS[4][0])]
    message = brain(temperature=None).ask()
    assert (message.failure or "").startswith("ParameterRefused")
    assert len(service.bodies) == 1


def test_words_about_what_nobody_has_put_in_are_no_refusal_of_it(
    service: Service, brain: Thinks
) -> None:
    service.answers = [response(500, {"error": {"message": "tools: invalid state"}}), WELL]
    assert brain().ask().answer == "好了。"


def test_one_that_was_put_otherwise_and_is_refused_again_is_not_put_back(
    service: Service, brain: Thinks
) -> None:
    service.answers = [refused("parameter.enable_thinking must be set to false")]
    message = brain(extra_body={"enable_thinking": True}).ask()
    assert (message.failure or "").startswith("ParameterRefused")
    assert [body["enable_thinking"] for body in service.bodies] == [True, False]
