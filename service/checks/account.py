"""The official account: what WeChat's API lets this machine do with it."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from integrations.wechat.access_token import Token
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import ApiNotGranted, WeChatError
from service import clients
from service.addresses import parsed
from service.checks.finding import Finding, doubt, failed, fine, left_out, wrong
from service.checks.subject import Subject
from settings.language import said
from settings.requirements import has_credentials
from settings.schema import Settings

CALL_SECONDS = 20.0
MOST_VOICES = 1000  # protocol sheet 7.1
NEARLY_FULL = 0.9

T = TypeVar("T")


class NoShelf:
    """A `TokenShelf` that keeps a token for this check alone.

    A token of the server's would hide that the secret is wrong now, or the address not allowed.
    """

    def __init__(self) -> None:
        self._token: Token | None = None

    def read(self) -> Token | None:
        return self._token

    def save(self, token: Token) -> None:
        self._token = token

    def forget(self) -> None:
        self._token = None

    def claim(self, seconds: float) -> bool:
        return True

    def let_go(self) -> None:
        pass


def account(subject: Subject) -> Iterator[Finding]:
    """The access token, WeChat's addresses, the material library, what kind of account it is."""
    settings, what = subject.settings, said("access token")
    needed = clients.needs_wechat(settings)
    if not (needed or has_credentials(settings)):
        yield left_out(what, said("AppID and secret are not given, and nothing needs them"))
        return
    api = clients.wechat_api_for(settings, NoShelf())
    try:
        yield from rights(api, settings, needed=needed)
    finally:
        api.close()


def rights(api: WeChatApi, settings: Settings, *, needed: bool) -> Iterator[Finding]:
    """What the API lets this machine do; `needed`: something that is switched on calls it."""
    what = said("access token")
    try:
        api.sign_in(deadline=_soon())
    except WeChatError as error:
        yield failed(what, error, error.advice, matters=needed)
        return
    yield fine(what, said("WeChat gives one to {appid}", appid=settings.wechat.appid))
    yield _addresses(api, settings)
    yield _material(api, settings)
    yield _kind_of_account(api)


def _addresses(api: WeChatApi, settings: Settings) -> Finding:
    what, on = said("WeChat's addresses"), settings.wechat.ip_detection
    listed = _asked(lambda: api.callback_addresses(deadline=_soon()))
    if isinstance(listed, WeChatError):
        return failed(what, listed, listed.advice, matters=on)
    state = said("the check is on") if on else said("the check is off (wechat.ip_detection)")
    return fine(what, said("{count} listed; {state}", count=len(parsed(listed)), state=state))


def _material(api: WeChatApi, settings: Settings) -> Finding:
    what, speaks = said("permanent material"), settings.azure.trans_to_voice
    voices = _asked(lambda: api.material_count(deadline=_soon()))
    if isinstance(voices, ApiNotGranted):
        return _no_material(what, settings)
    if isinstance(voices, WeChatError):
        return failed(what, voices, voices.advice, matters=speaks)
    if voices >= MOST_VOICES * NEARLY_FULL:
        full = said("{voices} of {most} voices are there", voices=voices, most=MOST_VOICES)
        return doubt(what, full, said("delete old voices in the console's material library"))
    return fine(what, said("{voices} of {most} voices", voices=voices, most=MOST_VOICES))


def _no_material(what: str, settings: Settings) -> Finding:
    if not settings.azure.trans_to_voice:
        return fine(what, said("this account may not use it, and nothing is spoken"))
    amiss = wrong if settings.wechat.media == "permanent" else doubt
    advice = said("voices go as temporary media: set wechat.media: temporary")
    return amiss(what, said("this account may not use it"), advice)


def _kind_of_account(api: WeChatApi) -> Finding:
    what = said("customer service messages")
    may = _asked(lambda: api.may_write_first(deadline=_soon()))
    if isinstance(may, WeChatError):
        return failed(what, may, may.advice, matters=False)
    if may:
        return fine(what, said("granted: this is a verified account, or a test account"))
    return fine(what, said("not granted: this account is not verified; nothing here needs it"))


def _asked(call: Callable[[], T]) -> T | WeChatError:
    try:
        return call()
    except WeChatError as error:
        return error


def _soon() -> float:
    return time.monotonic() + CALL_SECONDS
