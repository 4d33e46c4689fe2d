"""What is asked, in order: each question is also an option of the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.setup import answers
from service.setup.answers import NotAnAnswer
from service.setup.cleaning import cleaned
from service.setup.draft import PROXIES, Draft
from service.setup.providers import BY_NAME
from settings.language import Sentence


@dataclass(frozen=True)
class SetupQuestion:
    """`option` stands behind -- on the command line; `take` puts a cleaned answer into the draft.

    `key` is the setting whose rules an answer has to keep to, "" where there is none; `offered` is
    taken where nothing is typed, and `among` are the answers that --help names.
    """

    option: str
    asks: Sentence
    take: Callable[[Draft, str], None]
    offered: Callable[[Draft], str]
    key: str = ""
    secret: bool = False
    needed: Callable[[Draft], bool] = lambda draft: True
    choices: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    hint: Callable[[Draft], str] = lambda draft: ""


def _setting(option: str, asks: Sentence, key: str, **more: Any) -> SetupQuestion:
    """One whose answer is written for a key as it is."""
    take, offered = answers.text(key), answers.written(key)
    return SetupQuestion(option, asks, take, offered, key, **more)


def _switch(option: str, asks: Sentence, key: str) -> SetupQuestion:
    """One that is answered by yes or no."""
    take, offered = answers.flag(key), answers.offered_flag(key)
    return SetupQuestion(option, asks, take, offered, among=("y", "n"))


def _speaks(draft: Draft) -> bool:
    return bool(draft.says("azure.trans_to_voice"))


OF_THE_MODEL = (
    SetupQuestion(
        "service",
        Sentence("Which service has the model?"),
        answers.service,
        lambda draft: draft.service.name,
        among=tuple(BY_NAME),
    ),
    SetupQuestion(
        "base-url",
        Sentence("Its OpenAI-compatible address, mostly ending in /v1"),
        answers.some_text("openai.base_url"),
        answers.written("openai.base_url"),
        "openai.base_url",
        needed=lambda draft: draft.service.own,
    ),
    SetupQuestion(
        "key",
        Sentence("Its API key"),
        answers.model_key,
        answers.offered_key,
        "openai.api_keys",
        secret=True,
        hint=answers.key_page,
    ),
    SetupQuestion(
        "model",
        Sentence("The model's name"),
        answers.some_text("openai.model"),
        answers.offered_model,
        "openai.model",
        hint=answers.models,
    ),
)
OF_THE_ACCOUNT = (
    _setting(
        "token",
        Sentence(
            "The Token for the console, 3 to 32 letters and digits; this one is made up for you"
        ),
        "wechat.token",
    ),
    _setting(
        "aes-key",
        Sentence("EncodingAESKey, for 安全模式; empty for 明文模式"),
        "wechat.encoding_aes_key",
        secret=True,
    ),
    _switch(
        "ip-detection",
        Sentence("Take pushes from WeChat's own addresses only? It needs AppID and AppSecret"),
        "wechat.ip_detection",
    ),
    _switch(
        "voice",
        Sentence(
            "Answer voices by voice? It needs a speech resource of Azure, AppID and AppSecret"
        ),
        "azure.trans_to_voice",
    ),
    _setting(
        "speech-key",
        Sentence("The key of the speech resource"),
        "azure.subscription",
        secret=True,
        needed=_speaks,
    ),
    _setting(
        "speech-region",
        Sentence("Its region, for example eastasia"),
        "azure.region",
        needed=_speaks,
    ),
    _setting(
        "appid",
        Sentence("The account's AppID, which begins with wx"),
        "wechat.appid",
        needed=lambda draft: draft.needs_account or bool(draft.says("wechat.encoding_aes_key")),
    ),
    SetupQuestion(
        "secret",
        Sentence("The account's AppSecret"),
        answers.app_secret,
        answers.written("wechat.secret"),
        "wechat.secret",
        secret=True,
        needed=lambda draft: draft.needs_account,
    ),
    SetupQuestion(
        "domain",
        Sentence("The public name of this machine, or its public IPv4 address"),
        answers.domain,
        lambda draft: draft.domain,
    ),
    SetupQuestion(
        "proxy",
        Sentence(
            "What stands in front? nginx (宝塔 too), caddy (https by itself),"
            " none (port 80 directly)"
        ),
        answers.proxy,
        lambda draft: draft.proxy,
        choices=PROXIES,
    ),
    SetupQuestion(
        "port",
        Sentence("The port of this server"),
        answers.port,
        lambda draft: str(draft.says("server.port") or 8080),
        "server.port",
        needed=lambda draft: draft.proxy != "none",
    ),
)
QUESTIONS = OF_THE_MODEL + OF_THE_ACCOUNT


def taken(question: SetupQuestion, draft: Draft, answer: str) -> None:
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
