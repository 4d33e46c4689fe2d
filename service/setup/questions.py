"""What is asked, in order: each question is also an option of the command line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.setup.cleaning import cleaned, host
from service.setup.draft import PROXIES, Draft
from service.setup.services import BY_NAME
from service.words import said

HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
YES, NO = ("y", "yes", "是", "要", "true", "1"), ("n", "no", "否", "不", "不要", "false", "0")


class NotAnAnswer(ValueError):
    """The answer is none, and this says why."""


@dataclass(frozen=True)
class Question:
    """`option` stands behind -- on the command line; `take` puts a cleaned answer into the draft.

    `key` is the setting whose rules an answer has to keep to, "" where there is none; `offered` is
    taken where nothing is typed.
    """

    option: str
    asks: str
    take: Callable[[Draft, str], None]
    offered: Callable[[Draft], str]
    key: str = ""
    secret: bool = False
    needed: Callable[[Draft], bool] = lambda draft: True
    choices: tuple[str, ...] = ()
    hint: Callable[[Draft], str] = lambda draft: ""


def _text(key: str) -> Callable[[Draft, str], None]:
    return lambda draft, answer: draft.file.put(key, answer or None)


def _some_text(key: str) -> Callable[[Draft, str], None]:
    def take(draft: Draft, answer: str) -> None:
        if not answer:
            raise NotAnAnswer(said("it cannot be left away"))
        draft.file.put(key, answer)

    return take


def _written(key: str) -> Callable[[Draft], str]:
    return lambda draft: str(draft.says(key) or "")


def _flag(key: str) -> Callable[[Draft, str], None]:
    def take(draft: Draft, answer: str) -> None:
        if answer.lower() not in (*YES, *NO):
            raise NotAnAnswer(said("y or n"))
        draft.file.put(key, answer.lower() in YES)

    return take


def _offered_flag(key: str) -> Callable[[Draft], str]:
    return lambda draft: "y" if draft.says(key) else "n"


def _service(draft: Draft, answer: str) -> None:
    names = list(BY_NAME)
    name = names[int(answer) - 1] if answer.isdigit() and 0 < int(answer) <= len(names) else answer
    if name not in BY_NAME:
        raise NotAnAnswer(said("a number or a name of the list"))
    draft.choose(BY_NAME[name])


def _model_key(draft: Draft, answer: str) -> None:
    draft.file.put("openai.api_keys", [answer] if answer else None)


def _offered_key(draft: Draft) -> str:
    keys = draft.says("openai.api_keys") or [draft.service.any_key]
    return str(keys[0])


def _key_page(draft: Draft) -> str:
    page = draft.service.key_page
    return said("here: {page}", page=page) if page else ""


def _offered_model(draft: Draft) -> str:
    return str(draft.says("openai.model") or next(iter(draft.service.models), ""))


def _models(draft: Draft) -> str:
    return said("for example {models}", models=", ".join(draft.service.models or ("gpt-5.4-mini",)))


def _domain(draft: Draft, answer: str) -> None:
    if not HOST.fullmatch(name := host(answer)):
        raise NotAnAnswer(said("a name like wechat.example.com, or a public IPv4 address"))
    draft.domain = name


def _proxy(draft: Draft, answer: str) -> None:
    if answer.lower() not in PROXIES:
        raise NotAnAnswer(", ".join(PROXIES))
    if answer.lower() != draft.proxy or not draft.says("server.trusted_proxies"):
        draft.stand_behind(answer.lower())


def _port(draft: Draft, answer: str) -> None:
    if not answer.isdigit():
        raise NotAnAnswer(said("a number"))
    draft.file.put("server.port", int(answer))


OF_THE_MODEL = (
    Question(
        "service",
        "Which service has the model?",
        _service,
        lambda draft: draft.service.name,
    ),
    Question(
        "base-url",
        "Its OpenAI-compatible address, mostly ending in /v1",
        _some_text("openai.base_url"),
        _written("openai.base_url"),
        "openai.base_url",
        needed=lambda draft: draft.service.own,
    ),
    Question(
        "key",
        "Its API key",
        _model_key,
        _offered_key,
        "openai.api_keys",
        secret=True,
        hint=_key_page,
    ),
    Question(
        "model",
        "The model's name",
        _some_text("openai.model"),
        _offered_model,
        "openai.model",
        hint=_models,
    ),
)
OF_THE_ACCOUNT = (
    Question(
        "token",
        "The Token for the console, 3 to 32 letters and digits; this one is made up for you",
        _text("wechat.token"),
        _written("wechat.token"),
        "wechat.token",
    ),
    Question(
        "aes-key",
        "EncodingAESKey, for 安全模式; empty for 明文模式",
        _text("wechat.encoding_aes_key"),
        _written("wechat.encoding_aes_key"),
        "wechat.encoding_aes_key",
        secret=True,
    ),
    Question(
        "ip-detection",
        "Take pushes from WeChat's own addresses only? It needs AppID and AppSecret",
        _flag("wechat.ip_detection"),
        _offered_flag("wechat.ip_detection"),
    ),
    Question(
        "voice",
        "Answer voices by voice? It needs a speech resource of Azure, AppID and AppSecret",
        _flag("azure.trans_to_voice"),
        _offered_flag("azure.trans_to_voice"),
    ),
    Question(
        "speech-key",
        "The key of the speech resource",
        _text("azure.subscription"),
        _written("azure.subscription"),
        "azure.subscription",
        secret=True,
        needed=lambda draft: bool(draft.says("azure.trans_to_voice")),
    ),
    Question(
        "speech-region",
        "Its region, for example eastasia",
        _text("azure.region"),
        _written("azure.region"),
        "azure.region",
        needed=lambda draft: bool(draft.says("azure.trans_to_voice")),
    ),
    Question(
        "appid",
        "The account's AppID, which begins with wx",
        _text("wechat.appid"),
        _written("wechat.appid"),
        "wechat.appid",
        needed=lambda draft: draft.needs_account or bool(draft.says("wechat.encoding_aes_key")),
    ),
    Question(
        "secret",
        "The account's AppSecret",
        _text("wechat.secret"),
        _written("wechat.secret"),
        "wechat.secret",
        secret=True,
        needed=lambda draft: draft.needs_account,
    ),
    Question(
        "domain",
        "The public name of this machine, or its public IPv4 address",
        _domain,
        lambda draft: draft.domain,
    ),
    Question(
        "proxy",
        "What stands in front? nginx (宝塔 too), caddy (https by itself), none (port 80 directly)",
        _proxy,
        lambda draft: draft.proxy,
        choices=PROXIES,
    ),
    Question(
        "port",
        "The port of this server",
        _port,
        lambda draft: str(draft.says("server.port") or 8080),
        "server.port",
        needed=lambda draft: draft.proxy != "none",
    ),
)
QUESTIONS = OF_THE_MODEL + OF_THE_ACCOUNT


def taken(question: Question, draft: Draft, answer: str) -> None:
    """Put an answer into the draft, if the settings have nothing against it.

    Raises `NotAnAnswer`; then the draft is as it was.
    """
    before: Any = draft.file.copy()
    question.take(draft, cleaned(answer))
    mine = [p.what for p in draft.file.problems(draft.environ) if _is_of(p.key, question.key)]
    if mine:
        draft.file = before
        raise NotAnAnswer("; ".join(mine))


def _is_of(key: str, asked: str) -> bool:
    return bool(asked) and key.partition("[")[0] == asked
