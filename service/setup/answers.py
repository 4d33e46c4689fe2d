"""What an answer does to the draft, and what is offered where nothing is typed."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from service.setup.cleaning import host
from service.setup.draft import PROXIES, Draft
from service.setup.providers import BY_NAME
from settings.language import said
from settings.requirements import SECRET

HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
YES = ("y", "yes", "是", "是的", "对", "要", "好", "true", "1")
NO = ("n", "no", "否", "不", "不是", "不要", "不用", "false", "0")


class NotAnAnswer(ValueError):
    """The answer is none, and this says why."""


def text(key: str) -> Callable[[Draft, str], None]:
    """Write the answer for a key; an empty one takes it out."""
    return lambda draft, answer: draft.file.put(key, answer or None)


def some_text(key: str) -> Callable[[Draft, str], None]:
    """Write the answer for a key that must have one."""

    def take(draft: Draft, answer: str) -> None:
        if not answer:
            raise NotAnAnswer(said("it cannot be left away"))
        draft.file.put(key, answer)

    return take


def written(key: str) -> Callable[[Draft], str]:
    """Offer what is written for a key."""
    return lambda draft: str(draft.says(key) or "")


def flag(key: str) -> Callable[[Draft, str], None]:
    """Write yes or no, in English or Chinese, for a key."""

    def take(draft: Draft, answer: str) -> None:
        if answer.lower() not in (*YES, *NO):
            raise NotAnAnswer(said("y or n"))
        draft.file.put(key, answer.lower() in YES)

    return take


def offered_flag(key: str) -> Callable[[Draft], str]:
    """Offer what is written, else no."""
    return lambda draft: "y" if draft.says(key) else "n"


def service(draft: Draft, answer: str) -> None:
    """A service of the list, by its number or its name."""
    names, answer = list(BY_NAME), answer.lower()
    name = names[int(answer) - 1] if answer.isdigit() and 0 < int(answer) <= len(names) else answer
    if name not in BY_NAME:
        raise NotAnAnswer(said("a number or a name of the list: {names}", names=", ".join(names)))
    draft.choose(BY_NAME[name])


def app_secret(draft: Draft, answer: str) -> None:
    """The account's; one may also stand in the environment."""
    if answer and not (SECRET.fullmatch(answer) or answer.startswith("${")):
        raise NotAnAnswer(said("no AppSecret: WeChat's have 32 digits or letters a to f"))
    draft.file.put("wechat.secret", answer or None)


def model_key(draft: Draft, answer: str) -> None:
    """The one key; more of them are for the file."""
    draft.file.put("openai.api_keys", [answer] if answer else None)


def offered_key(draft: Draft) -> str:
    """The first key there is, or any where the service asks for none."""
    keys = draft.says("openai.api_keys") or [draft.service.any_key]
    return str(keys[0])


def key_page(draft: Draft) -> str:
    """Where a key is to be had."""
    page = draft.service.key_page
    return said("here: {page}", page=page) if page else ""


def offered_model(draft: Draft) -> str:
    """The model there is, else the first that is known of the service."""
    return str(draft.says("openai.model") or next(iter(draft.service.models), ""))


def models(draft: Draft) -> str:
    """Some names that the service knows."""
    return said("for example {models}", models=", ".join(draft.service.models or ("gpt-5.4-mini",)))


def domain(draft: Draft, answer: str) -> None:
    """The public name or address; a whole URL will do."""
    if not HOST.fullmatch(name := host(answer)) or not _is_public(name):
        raise NotAnAnswer(said("a name like wechat.example.com, or a public IPv4 address"))
    draft.domain = name


def _is_public(name: str) -> bool:
    """Whether WeChat could find it: neither of this machine nor of a network within."""
    try:
        return ip_address(name.partition(":")[0]).is_global
    except ValueError:
        return "." in name


def proxy(draft: Draft, answer: str) -> None:
    """What stands in front."""
    if answer.lower() not in PROXIES:
        raise NotAnAnswer(", ".join(PROXIES))
    if answer.lower() != draft.proxy or not draft.says("server.trusted_proxies"):
        draft.stand_behind(answer.lower())


def port(draft: Draft, answer: str) -> None:
    """Where the server listens."""
    if not answer.isdigit() or not 0 < int(answer) <= 65_535:
        raise NotAnAnswer(said("a number from 1 to 65535"))
    if draft.proxy != "none" and int(answer) in (80, 443):
        raise NotAnAnswer(said("the proxy listens on 80 and 443 itself: take another one"))
    draft.file.put("server.port", int(answer))
