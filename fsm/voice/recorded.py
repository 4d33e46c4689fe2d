"""What a follower recorded, fetched from WeChat."""

from integrations.speech.audio import decode
from integrations.speech.sound import NotAudio
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import WeChatError
from store.messages import Message


def recorded(api: WeChatApi, message: Message, *, deadline: float) -> bytes:
    """Its samples, as `decode` gives them, from the first media id under which WeChat has it.

    `deadline` is of `time.monotonic()`. Raises `WeChatError`, `NotAudio` or `AudioTooLong`.
    """
    first: WeChatError | NotAudio | None = None
    for media_id in (message.recording or "").split():
        try:
            return decode(api.download_media(media_id, deadline=deadline))
        except (WeChatError, NotAudio) as error:
            if error.retryable:
                raise
            first = first or error
    raise first or NotAudio("no recording")
