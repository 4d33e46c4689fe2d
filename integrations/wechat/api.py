"""Calls to WeChat's API: voices up and down, and the addresses that pushes come from.

Numbers in brackets are paragraphs of the protocol sheet, `docs/wechat-protocol.md`.
"""

import time
from collections.abc import Callable

from integrations.wechat.access_token import AccessToken, TokenShelf
from integrations.wechat.errors import (
    ApiNotGranted,
    MediaGone,
    TokenRejected,
    UnknownWeChatError,
    WeChatAnswerMalformed,
)
from integrations.wechat.exchange import ApiAnswer, ApiCall, ApiExchange, field_of, unclear

MEDIA_BYTES = 3 * 1024 * 1024  # a voice message has at most 2 MB (7.1)
NO_SERVICE_DESK = 65400  # granted, and not set up in the console
LISTED = 20  # voices in one answer, as many as there may be (7.3)


class WeChatApi:
    """WeChat's API for one account, at `api_base` (scheme and host, without a last slash).

    Connecting takes at most `connect_seconds`, a silence `read_seconds`, and a whole call, with
    fetching a token and asking again, ends by its `deadline`, in seconds of `time.monotonic()`.
    Every call raises `WeChatError`s; `clock` gives the seconds since 1970 that tokens age by.
    """

    def __init__(
        self,
        *,
        api_base: str = "https://api.weixin.qq.com",
        appid: str,
        secret: str,
        tokens: TokenShelf,
        clock: Callable[[], float] = time.time,
        connect_seconds: float,
        read_seconds: float,
    ) -> None:
        self._exchange = ApiExchange(
            api_base, connect_seconds=connect_seconds, read_seconds=read_seconds
        )
        self._token = AccessToken(
            self._exchange, appid=appid, secret=secret, shelf=tokens, clock=clock
        )

    def add_voice(self, mp3: bytes, *, name: str, permanent: bool, deadline: float) -> str:
        """Upload a voice of at most 2 MB and 60 s, and return its media id (7.1, 7.2).

        `name` is the file's, which ends in `.mp3`; a permanent voice is listed with it.

        A temporary one is gone after 3 days; a permanent one counts until it is deleted. Raises
        `UploadUnsure` where WeChat may have kept it without telling us its id.
        """
        path = "material/add_material" if permanent else "media/upload"
        voice = (name, mp3, "audio/mpeg")
        call = ApiCall("POST", path, deadline, query={"type": "voice"}, voice=voice)
        return field_of(call, self._perform(call), "media_id", str)

    def delete_material(self, media_id: str, *, deadline: float) -> None:
        """Delete a permanent voice. One that is gone already is as good as deleted."""
        content: dict[str, object] = {"media_id": media_id}
        call = ApiCall("POST", "material/del_material", deadline, content=content)
        try:
            field_of(call, self._perform(call), "errcode", int)
        except MediaGone:
            pass

    def download_media(self, media_id: str, *, deadline: float) -> bytes:
        """What a follower recorded, at most 3 MiB. Raises `MediaGone` after its 3 days."""
        query = {"media_id": media_id}
        call = ApiCall("GET", "media/get", deadline, query=query, limit=MEDIA_BYTES)
        answer = self._perform(call)
        if answer.content is not None or answer.content_type.startswith("text/"):
            raise unclear(call, WeChatAnswerMalformed, "not a recording")
        if not answer.body:
            raise unclear(call, WeChatAnswerMalformed, "nothing came")
        return answer.body

    def callback_addresses(self, *, deadline: float) -> list[str]:
        """The addresses that WeChat's pushes come from, each an IP or a range (6)."""
        call = ApiCall("GET", "getcallbackip", deadline)
        return [str(entry) for entry in field_of(call, self._perform(call), "ip_list", list)]

    def material_count(self, *, deadline: float) -> int:
        """How many permanent voices the account holds, of at most 1000 (7.1)."""
        call = ApiCall("GET", "material/get_materialcount", deadline)
        return field_of(call, self._perform(call), "voice_count", int)

    def voices(self, *, deadline: float) -> dict[str, str]:
        """The permanent voices of the account: the name of each file and its media id (7.3)."""
        found: dict[str, str] = {}
        offset = total = 0
        while offset == 0 or offset < total:
            content: dict[str, object] = {"type": "voice", "offset": offset, "count": LISTED}
            call = ApiCall("POST", "material/batchget_material", deadline, content=content)
            answer = self._perform(call)
            total = field_of(call, answer, "total_count", int)
            items = field_of(call, answer, "item", list)
            for item in items:
                if isinstance(item, dict):
                    found[str(item.get("name", ""))] = str(item.get("media_id", ""))
            if not items:
                break
            offset += len(items)
        return found

    def sign_in(self, *, deadline: float) -> None:
        """Have an access token, and do nothing with it."""
        self._token.get(deadline)

    def may_write_first(self, *, deadline: float) -> bool:
        """Whether the account may send customer service messages, as verified ones may (8).

        It is known by a list that only these may read; nothing is sent.
        """
        call = ApiCall("GET", "customservice/getkflist", deadline)
        try:
            self._perform(call)
        except ApiNotGranted:
            return False
        except UnknownWeChatError as error:
            if error.errcode != NO_SERVICE_DESK:
                raise
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._exchange.close()

    def _perform(self, call: ApiCall) -> ApiAnswer:
        """Make a call with a token; once more with another one if WeChat rejects that."""
        token = self._token.get(call.deadline)
        try:
            return self._exchange.ask(call, token.value)
        except TokenRejected:
            pass
        token = self._token.another(token, call.deadline)
        return self._exchange.ask(call, token.value)
