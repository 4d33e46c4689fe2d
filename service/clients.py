"""The services outside, each as the settings name it; None where nothing needs it."""

import time
from collections.abc import Callable

from fsm.asking.keys import Keys
from fsm.asking.models import ChatService, Model
from fsm.asking.thinking import Thinking
from integrations.model.chat_model import ChatModel
from integrations.speech.azure import Speech
from integrations.wechat.access_token import TokenShelf
from integrations.wechat.admission import Admission
from integrations.wechat.api import WeChatApi
from integrations.wechat.crypto import Cipher
from integrations.wechat.freshness import Freshness
from settings.models import Link, chain
from settings.requirements import hears, judges_pronunciation
from settings.schema import Settings
from store import cool_downs
from store.database import Database

CONNECT_SECONDS = 5.0  # to WeChat's API
READ_SECONDS = 15.0
FIRST_AUDIO_SECONDS = 5.0  # twice, and the text still comes within the last try


def models(db: Database, settings: Settings) -> list[Model]:
    """The chain of language models, in the order in which they are asked."""
    return [_model(db, link, settings.limits.model_calls) for link in chain(settings)]


def _model(db: Database, link: Link, at_once: int) -> Model:
    keys = Keys(db, link.service.api_keys, link.keys_to, link.account)
    thinking = Thinking(db, link.service.model, cool_downs.model_name(link.identity))
    return Model(link, chat_model(link, at_once), keys, thinking)


def chat_model(link: Link, at_once: int = 1) -> ChatService:
    """One language model: which kind of service it is, is chosen here."""
    service = link.service
    return ChatModel(
        base_url=service.base_url,
        model=service.model,
        temperature=service.temperature,
        stream=service.stream_response,
        connect_seconds=service.connect_seconds,
        read_seconds=service.read_seconds,
        at_once=min(at_once, link.calls or at_once),
        token_limit_name=service.token_limit_name,
        extra_body=service.extra_body,
        extra_headers=service.extra_headers,
        extra_query=service.extra_query,
        place=link.place,
    )


def admission(
    settings: Settings, freshness: Freshness, only_sealed: Callable[[], bool]
) -> Admission:
    """What checks WeChat's pushes; `only_sealed` tells whether the account is in safe mode."""
    wechat = settings.wechat
    cipher = None
    if wechat.encoding_aes_key:
        previous = wechat.previous_aes_key or None
        cipher = Cipher(wechat.token, wechat.encoding_aes_key, wechat.appid, previous)
    return Admission(wechat.token, freshness, cipher, only_sealed)


def wechat_api(
    settings: Settings, tokens: TokenShelf, clock: Callable[[], float]
) -> WeChatApi | None:
    """WeChat's API, with the shelf that keeps its access token, and the clock it ages by."""
    return wechat_api_for(settings, tokens, clock) if needs_wechat(settings) else None


def wechat_api_for(
    settings: Settings, tokens: TokenShelf, clock: Callable[[], float] = time.time
) -> WeChatApi:
    """WeChat's API as `wechat_api` has it, whether anything needs it or not."""
    wechat = settings.wechat
    return WeChatApi(
        api_base=wechat.api_base,
        appid=wechat.appid,
        secret=wechat.secret,
        tokens=tokens,
        clock=clock,
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
    )


def speech(settings: Settings) -> Speech | None:
    """The speech service, where it is to hear or to speak."""
    azure = settings.azure
    if not needs_speech(settings):
        return None
    return Speech(
        subscription=azure.subscription,
        region=azure.region,
        endpoint=azure.endpoint,
        at_once=settings.limits.speech_calls,
        first_audio_seconds=FIRST_AUDIO_SECONDS,
    )


def needs_wechat(settings: Settings) -> bool:
    """Whether anything calls WeChat's API."""
    return settings.wechat.ip_detection or needs_speech(settings)


def needs_speech(settings: Settings) -> bool:
    """Whether anything is spoken, heard or judged."""
    azure = settings.azure
    return azure.trans_to_voice or hears(settings) or judges_pronunciation(settings)
