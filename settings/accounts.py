"""The accounts of one server: each with its own settings over those of the file."""

from collections.abc import Iterator
from typing import Any

from settings.language import said
from settings.models import OF_THE_ADDRESS
from settings.schema import AccountSections, AccountSettings, Settings, WeChat
from settings.sections.origin import Origin
from settings.sections.section import Section
from settings.sections.server import FOR_MONITORS

CREDENTIALS = ("token", "appid", "secret", "encoding_aes_key", "previous_aes_key")
# Where one of the first differs, the others are not inherited: they are meant for one place only.
MEANT_FOR = {
    "openai": (("base_url",), OF_THE_ADDRESS),
    "azure": (("region", "endpoint"), ("subscription",)),
    "moderation": (("service_url",), ("service_key",)),
}


def of_each(settings: Settings) -> tuple[Settings, ...]:
    """The settings of each account; without `accounts:`, and in the sandbox, there is one."""
    return (settings,) if settings.mode == "sandbox" else _all(settings)


def clashes(settings: Settings) -> Iterator[tuple[str, str]]:
    """Keys that must not be as another account's, or a page's; what is missing; what is wrong."""
    if settings.accounts and settings.mode == "sandbox" and not settings.wechat.token:
        only = said("missing: mode sandbox plays one account, that of wechat")
        yield "wechat.token", only
    seen = dict[tuple[str, str], str]()
    for one in _all(settings):
        path = f"{one.place_of('wechat').rpartition('.')[0] or 'server'}.path"
        if one.server.path in FOR_MONITORS:
            yield (
                path,
                said("{path} is a page for monitors, expected another", path=one.server.path),
            )
        for key, value in ((path, one.server.path), (one.place_of("wechat.appid"), _appid(one))):
            name = key.rpartition(".")[2]
            other = seen.setdefault((name, value), key)
            if value and other != key:
                yield key, said("the same as {other}, expected another one", other=other)


def _all(settings: Settings) -> tuple[Settings, ...]:
    if not settings.accounts:
        return (settings,)
    first = any(getattr(settings.wechat, name) for name in CREDENTIALS)
    others = (_of(settings, number, one) for number, one in enumerate(settings.accounts))
    return (*((settings,) if first else ()), *others)


def _appid(settings: Settings) -> str:
    appid = settings.wechat.appid
    return "" if "***" in appid else appid


def _of(settings: Settings, number: int, account: AccountSettings) -> Settings:
    """What the account gives stands over what the file has for all."""
    path = account.path or f"{settings.server.path.rstrip('/')}/{account.name}"
    changed: dict[str, Any] = {"server": {"path": path}}
    for name in AccountSections.model_fields:
        if name not in account.model_fields_set:
            continue
        own, shared = getattr(account, name), getattr(settings, name)
        changed[name] = _over(name, shared, own) if isinstance(own, Section) else own
    sections = frozenset(account.model_fields_set)
    return settings.of(Origin(account.name, f"accounts[{number}]", sections), **changed)


def _over(name: str, shared: Section, own: Section) -> dict[str, Any]:
    """The keys in which a section of an account differs from the one for all."""
    written = {key: getattr(own, key) for key in own.model_fields_set}
    if isinstance(own, WeChat):
        return {key: getattr(own, key) for key in CREDENTIALS} | written
    of_places, kept_for_one = MEANT_FOR.get(name, ((), ()))
    if any(key in written and written[key] != getattr(shared, key) for key in of_places):
        return {key: getattr(own, key) for key in kept_for_one} | written
    return written
