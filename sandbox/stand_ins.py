"""All the services outside, on loopback."""

from typing import Self

from sandbox.follower import RECORDING, VOICE
from sandbox.model import ModelStandIn, Watch
from sandbox.sealing import AES_KEY
from sandbox.speech import SpeechStandIn
from sandbox.wechat_api import APPID, SECRET, WeChatApiStandIn


class StandIns:
    """The model, speech and WeChat's API; see there for `watch`."""

    def __init__(self, watch: Watch = lambda *_: None) -> None:
        self.model, self.speech = ModelStandIn(watch=watch), SpeechStandIn()
        self.wechat = WeChatApiStandIn()

    def start(self) -> Self:
        """Listen; from here on the addresses are known."""
        for service in (self.model, self.speech, self.wechat):
            service.start()
        self.wechat.store_media(RECORDING.read_bytes(), f"{VOICE}-16k")
        return self

    def stop(self) -> None:
        """Cut what is under way."""
        for service in (self.model, self.speech, self.wechat):
            service.stop()

    @property
    def addresses(self) -> dict[str, str]:
        """By service."""
        return {"model": self.model.url, "speech": self.speech.url, "wechat": self.wechat.url}

    def settings(self, *, has_aes_key: bool = False) -> dict[str, dict[str, str]]:
        """What stands in a server's settings instead of the real ones."""
        wechat = {"api_base": self.wechat.url, "appid": APPID, "secret": SECRET}
        if not has_aes_key:
            wechat["encoding_aes_key"] = AES_KEY
        return {
            "openai": {"base_url": self.model.url},
            "azure": {"endpoint": self.speech.url, "subscription": "sandbox-key"},
            "wechat": wechat,
        }
