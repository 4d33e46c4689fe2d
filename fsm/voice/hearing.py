"""Hearing what a follower said, where WeChat has not recognized it; speaking is not needed."""

import time

from fsm import events
from integrations import IntegrationError
from integrations.speech.audio import AudioTooLong, NotAudio, decode
from integrations.speech.azure import NothingUnderstood, Speech
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import WeChatError
from settings.language import Sentence, said
from store.messages import Message

HEARING_SECONDS = 30.0
LANGUAGES = ("zh-CN", "en-US")
HOW_TO_HEAR = Sentence(
    "switch on 开放能力 › 接收语音识别结果 at WeChat, or fill in azure.subscription, azure.region, "
    "wechat.appid and wechat.secret, and leave azure.recognize at auto"
)


class CannotHear(IntegrationError):
    """The words of a voice cannot be had here, and to say them again would not help.

    `failure` is what went wrong, as it is saved; empty where the settings have it so.
    """

    def __init__(self, failure: str = "") -> None:
        super().__init__(failure)
        self.failure = failure


def has_to_be_heard(message: Message) -> bool:
    """Whether it is a voice that WeChat has not recognized."""
    return message.kind == "voice" and not message.question


class Hearing:
    """The ears of one account; without speech service and API it is deaf, and says so once."""

    def __init__(self, speech: Speech | None = None, api: WeChatApi | None = None) -> None:
        self._speech = speech
        self._api = api
        self._said_so = False

    def hear(self, message: Message) -> str:
        """The words of a follower's voice; "" where there are none.

        Raises `CannotHear`, or another `IntegrationError` where it may be heard later.
        """
        if not (self._speech and self._api):
            self._say_so()
            raise CannotHear
        deadline = time.monotonic() + HEARING_SECONDS
        try:
            sound = _sound(self._api, message, deadline)
            return self._speech.recognize(sound, languages=LANGUAGES, deadline=deadline).strip()
        except (NothingUnderstood, NotAudio, AudioTooLong) as error:
            events.not_heard(message, type(error).__name__)
            return ""

    def _say_so(self) -> None:
        if not self._said_so:
            events.cannot_hear(said("a voice came without its words"), str(HOW_TO_HEAR))
        self._said_so = True


def _sound(api: WeChatApi, message: Message, deadline: float) -> bytes:
    """What was recorded, from the first of its media ids under which WeChat has it."""
    first: WeChatError | NotAudio | None = None
    for media_id in (message.recording or "").split():
        try:
            return decode(api.download_media(media_id, deadline=deadline))
        except (WeChatError, NotAudio) as error:
            if error.retryable:
                raise
            first = first or error
    if isinstance(first, WeChatError):
        events.not_to_be_heard(message, first, advice=first.advice)
        raise CannotHear(f"{type(first).__name__}: {first}")
    raise first or NotAudio("no recording")
