"""What a live server cannot do without, and what it had better not be told."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from settings.accounts import of_each
from settings.announcements import announce
from settings.language import said
from settings.models import Link, chain
from settings.patterns import compiled, finds_all
from settings.schema import Settings, WeChat

STANDS_FOR_ANOTHER = re.compile(
    r"\*\*\*|^<.*>$|(^|[^a-z])your([^a-z]|$)|^your|^change.?me|\.\.\.|^([a-z]+-)*x{3,}(-x+)*$"
    r"|^\$\w+$",  # which is ${NAME} without its braces
    re.I,
)
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")  # as WeChat takes it (protocol sheet 1.5)
TOKEN_OF_OLD = re.compile(r"[A-Za-z0-9_-]{3,32}")  # what a file from before `mode` may have
SECRET = re.compile(r"[0-9a-f]{32}", re.I)
APP_ID = re.compile(r"wx[0-9a-f]{16}")

# Behind the address that an OpenAI-compatible service has, or of one that is none.
OTHER_PROTOCOL = re.compile(
    r"[/:](?:messages|responses|completions|generate|generation|(?:stream)?generateContent|api"
    r"|api/chat|anthropic|embeddings|generations)/*$",
    re.I,
)

Doubt = tuple[str, str]  # a key's dotted path, and what is wrong with it


def not_ready(settings: Settings) -> Iterator[Doubt]:
    """What keeps the settings from serving real followers: nothing where mode is sandbox."""
    if settings.mode == "live":
        each = (doubt for one in of_each(settings) for doubt in _lacks(one))
        yield from dict.fromkeys(each)


def _lacks(settings: Settings) -> Iterator[Doubt]:
    """What one account cannot do without."""
    for key, reason in needed(settings).items():
        section, _, name = key.partition(".")
        if _placeholder(getattr(getattr(settings, section), name)):
            yield settings.place_of(key), _placeholder_because(reason)
    for link in chain(settings):
        yield from _keys(link)
        if STANDS_FOR_ANOTHER.search(link.service.model):
            yield f"{link.place}.model", _placeholder_because(said("mode is live"))
    token = TOKEN if _names_its_mode(settings) else TOKEN_OF_OLD
    for key, what in _malformed(settings.wechat, token):
        yield settings.place_of(key), what


def doubtful(settings: Settings) -> Iterator[Doubt]:
    """What can be right, and mostly is not: a server starts with it."""
    yield from settings.doubted
    if settings.accounts and settings.mode == "sandbox":
        yield "accounts", said("not served: mode sandbox plays one account, that of wechat")
    yield from dict.fromkeys(doubt for one in of_each(settings) for doubt in _doubtful(one))


def _doubtful(settings: Settings) -> Iterator[Doubt]:
    token = settings.wechat.token
    if settings.mode == "live" and not TOKEN.fullmatch(token):
        odd = said("WeChat's console takes 3 to 32 letters and digits only")
        yield settings.place_of("wechat.token"), odd
    if not (_placeholder(settings.wechat.secret) or SECRET.fullmatch(settings.wechat.secret)):
        odd = said("no AppSecret: WeChat's have 32 digits or letters a to f")
        yield settings.place_of("wechat.secret"), odd
    links = chain(settings)
    if len(links) == 1 and links[0].service.hedge_seconds:
        what = said("it does nothing with one model only: the next one stands in models")
        yield f"{links[0].place}.hedge_seconds", what
    for link in links:
        address, key = link.service.base_url, f"{link.place}.base_url"
        if settings.mode == "live" and not urlsplit(address).path:
            yield key, said("it has no path, and most services want one, often /v1")
        if OTHER_PROTOCOL.search(address):
            yield key, said("it is of another protocol, expected one that often ends in /v1")
        if _says_so(link.service.extra_body):
            odd = said("true or false in quotes is a text, often read as true: expected no quotes")
            yield f"{link.place}.extra_body", odd
    yield from _doubtful_moderation(settings)
    names = [link.name for link in links]
    for name, persona in settings.personas.items():
        if persona.model and persona.model not in names:
            what = said("no model is called so: expected one of {names}", names=", ".join(names))
            yield settings.place_of(f"personas.{name}.model"), what


def _says_so(value: object) -> bool:
    """Whether a text that is true or false is anywhere in it."""
    if isinstance(value, Mapping):
        return any(map(_says_so, value.values()))
    if isinstance(value, list):
        return any(map(_says_so, value))
    return isinstance(value, str) and value.strip().lower() in ("true", "false")


def _doubtful_moderation(settings: Settings) -> Iterator[Doubt]:
    moderation = settings.moderation
    for name, pattern in moderation.patterns.items():
        if (made := compiled(pattern)) and finds_all(made):
            what = said("“{name}” is found in any text: all are refused", name=name)
            yield settings.place_of("moderation.patterns"), what
    of_a_service = {
        "service_answers": moderation.service_answers,
        "failing": moderation.failing == "refuse",
    }
    for key, wanted in of_a_service.items():
        if wanted and not moderation.service_url:
            what = said("it does nothing without moderation.service_url, which is empty")
            yield settings.place_of(f"moderation.{key}"), what


def tell_of_doubts(settings: Settings) -> None:
    """Announce each of them."""
    for key, reason in doubtful(settings):
        announce("doubtful_setting", "warning", key=key, reason=reason)


def hears(settings: Settings) -> bool:
    """Whether voices can be recognized here: nothing is missing that it takes."""
    return settings.azure.recognize != "off" and _has_speech(settings)


def judges_pronunciation(settings: Settings) -> bool:
    """Whether what is said in lessons can be judged here: the same."""
    return settings.azure.pronunciation != "off" and _has_speech(settings)


def _has_speech(settings: Settings) -> bool:
    """Whether recordings can be had, and the speech service be asked about them."""
    wechat, azure = settings.wechat, settings.azure
    needed = (wechat.appid, wechat.secret, azure.subscription, azure.endpoint or azure.region)
    return not any(map(_placeholder, needed))


def has_credentials(settings: Settings) -> bool:
    """Whether AppID and secret are given, so that WeChat's API can be called."""
    wechat = settings.wechat
    return not any(map(_placeholder, (wechat.appid, wechat.secret)))


def _keys(link: Link) -> Iterator[Doubt]:
    """What is wrong with a model's keys."""
    key = f"{link.place}.api_keys"
    if not link.service.api_keys:
        yield key, said("empty, expected at least one key, because mode is live")
    for number, secret in enumerate(link.service.api_keys):
        if _placeholder(secret):
            yield f"{key}[{number}]", _placeholder_because(said("mode is live"))


def _names_its_mode(settings: Settings) -> bool:
    """Whether it says which: the predecessor's files do not, and are taken as they are."""
    return "mode" in settings.model_fields_set


def _malformed(wechat: WeChat, token: re.Pattern[str]) -> Iterator[Doubt]:
    """What no account has, said as what it probably is."""
    if not (_placeholder(wechat.token) or token.fullmatch(wechat.token)):
        what = said("not accepted, expected 3 to 32 letters and digits, as WeChat does")
        yield "wechat.token", what
    if _placeholder(wechat.appid) or APP_ID.fullmatch(wechat.appid):
        return
    if wechat.appid.startswith("gh_"):
        what = said(
            "this is the account's original id (gh_...), expected the AppID, which begins with wx"
        )
    else:
        what = said("not accepted, expected an AppID: wx and 16 digits or letters a to f")
    yield "wechat.appid", what


def _placeholder_because(reason: str) -> str:
    return said("empty or a placeholder, expected the real one, because {reason}", reason=reason)


def _placeholder(text: str) -> bool:
    return not text or bool(STANDS_FOR_ANOTHER.search(text))


def needed(settings: Settings) -> dict[str, str]:
    """Keys that must be filled in for what is switched on, each with the reason."""
    wechat, azure = settings.wechat, settings.azure
    reasons = {"wechat.token": said("mode is live")}
    if wechat.ip_detection:
        why = said("{key} is on", key="wechat.ip_detection")
        reasons |= {"wechat.appid": why, "wechat.secret": why}
    if wechat.encoding_aes_key:
        reasons.setdefault("wechat.appid", said("wechat.encoding_aes_key is given"))
    if wechat.encryption == "safe":
        reasons["wechat.encoding_aes_key"] = said("wechat.encryption is safe")
    if azure.trans_to_voice:
        keys = ["wechat.appid", "wechat.secret", "azure.subscription"]
        keys += [] if azure.endpoint else ["azure.region"]
        reasons |= dict.fromkeys(keys, said("{key} is on", key="azure.trans_to_voice"))
    return reasons
