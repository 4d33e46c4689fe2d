"""Hearing what a follower said, where WeChat has not recognized it; speaking is not needed."""

import time
from dataclasses import dataclass, field

from fsm.reasons import reason_of
from fsm.voice import events
from fsm.voice.recorded import recorded
from integrations import IntegrationError
from integrations.speech.azure import Speech
from integrations.speech.errors import NothingUnderstood
from integrations.speech.sound import AudioTooLong, NotAudio
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


@dataclass(frozen=True)
class Heard:
    """The words of a voice, "" where there are none, and its samples, where it has words."""

    words: str = field(repr=False)
    sound: bytes = field(repr=False)


def has_to_be_heard(message: Message) -> bool:
    """Whether it is a voice that WeChat has not recognized."""
    return message.kind == "voice" and not message.question


class Hearing:
    """The ears of one `account`; without speech service and API it is deaf, and says so once."""

    def __init__(
        self, speech: Speech | None = None, api: WeChatApi | None = None, account: str = ""
    ) -> None:
        self._account = account
        self._speech = speech
        self._api = api
        self._said_so = False

    def hear(self, message: Message) -> Heard:
        """The words of a follower's voice, and its sound.

        Raises `CannotHear`, or another `IntegrationError` where it may be heard later.
        """
        if not (self._speech and self._api):
            self._say_so()
            raise CannotHear
        deadline = time.monotonic() + HEARING_SECONDS
        try:
            sound = recorded(self._api, message, deadline=deadline)
            words = self._speech.recognize(sound, languages=LANGUAGES, deadline=deadline)
            return Heard(words.strip(), sound)
        except (NothingUnderstood, NotAudio, AudioTooLong) as error:
            events.not_heard(message, type(error).__name__)
            return Heard("", b"")
        except WeChatError as error:
            if error.retryable:
                raise
            events.not_to_be_heard(message, error, advice=error.advice)
            raise CannotHear(reason_of(error)) from error

    def _say_so(self) -> None:
        if not self._said_so:
            reason, advice = said("a voice came without its words"), str(HOW_TO_HEAR)
            events.cannot_hear(self._account, reason=reason, advice=advice)
        self._said_so = True
