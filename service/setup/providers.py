"""Model services that can be chosen from: where they are, and what they want set.

A service that is not here is "other". Names of models change: what stands first is only offered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Provider:
    """`name` is the word for `--service`. What thinks before it answers is told not to: WeChat's
    fifteen seconds are short. `quirks` are settings of `openai` besides."""

    name: str
    title: str
    base_url: str
    key_page: str = ""  # "": its address and key are the operator's own
    models: tuple[str, ...] = ()
    any_key: str = ""  # for services that ask for none
    quirks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether it runs somewhere of the operator's, so that the address has to be asked for."""
        return not self.key_page


NO_THINKING = {"thinking": {"type": "disabled"}}
SERVICES = (
    Provider(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        "https://platform.deepseek.com/api_keys",
        ("deepseek-flash",),
        quirks={"extra_body": NO_THINKING},
    ),
    Provider(
        "qwen",
        "通义千问（阿里云百炼）",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "https://bailian.console.aliyun.com/?tab=model#/api-key",
        ("qwen-plus", "qwen-flash"),
        quirks={"extra_body": {"enable_thinking": False}},
    ),
    Provider(
        "zhipu",
        "智谱 GLM",
        "https://open.bigmodel.cn/api/paas/v4",
        "https://open.bigmodel.cn/usercenter/apikeys",
        ("glm-4.7", "glm-5"),
        quirks={"extra_body": NO_THINKING},
    ),
    Provider(
        "kimi",
        "Kimi（月之暗面）",
        "https://api.moonshot.cn/v1",
        "https://platform.moonshot.cn/console/api-keys",
        ("kimi-k2.6",),
        quirks={"extra_body": NO_THINKING, "temperature": None},  # which it does not let one set
    ),
    Provider(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "https://platform.openai.com/api-keys",
        ("gpt-5.4-mini", "gpt-5.4"),
        quirks={"token_limit_name": "max_completion_tokens", "temperature": None},
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "https://openrouter.ai/settings/keys",
        ("openrouter/auto",),
    ),
    Provider("ollama", "Ollama", "http://127.0.0.1:11434/v1", "", ("qwen3:8b",), any_key="ollama"),
    Provider(
        "vllm",
        "vLLM",
        "http://127.0.0.1:8000/v1",
        "",
        ("Qwen/Qwen3-8B",),
        any_key="none",
        quirks={"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}},
    ),
    Provider("oneapi", "one-api / new-api", "http://127.0.0.1:3000/v1"),
    # By its plugin "OpenAI Compatible Dify App", whose endpoint this is; the app knows its model.
    Provider("dify", "Dify", "", "", ("dify",)),
    # With the key of an app: it knows its model, and what it is told first.
    Provider("fastgpt", "FastGPT", "http://127.0.0.1:3000/api/v1", "", ("fastgpt",)),
    Provider("other", "其他 / other", ""),
)
BY_NAME = {service.name: service for service in SERVICES}


def at(base_url: str) -> Provider | None:
    """The service that an address is the one of."""
    found = (service for service in SERVICES if service.base_url and service.base_url == base_url)
    return next(found, None)
