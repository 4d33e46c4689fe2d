"""What calls to WeChat's API need: a shelf for the token, a deadline, ways to spoil an answer."""

import time
from collections.abc import Callable

import gevent

from integrations.wechat.access_token import Token
from integrations.wechat.api import WeChatApi
from sandbox.wechat_api import WeChatApiStandIn

MP3 = b"\xff\xf3\x48\xc4" * 500
APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
ADD = "material/add_material"
COUNT = "material/get_materialcount"
MIB = 1024 * 1024


class Shelf:
    """A token shelf that gives way to others, as the one in the database does."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.claimed_elsewhere = False

    def read(self) -> Token | None:
        gevent.sleep(0)
        return self.token

    def save(self, token: Token) -> None:
        gevent.sleep(0)
        self.token = token

    def forget(self) -> None:
        gevent.sleep(0)
        self.token = None

    def claim(self, seconds: float) -> bool:
        gevent.sleep(0)
        return not self.claimed_elsewhere

    def let_go(self) -> None:
        gevent.sleep(0)


Connect = Callable[..., WeChatApi]


def soon(seconds: float = 5.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


Spoil = Callable[[WeChatApiStandIn], None]
SPOILED_UPLOADS: dict[str, Spoil] = {
    "silence": lambda wechat: wechat.will_hang(ADD, after=True),
    "hanging up": lambda wechat: wechat.will_hang_up(ADD, after=True),
    "dribbling": lambda wechat: wechat.will_dribble(ADD),
    "no JSON": lambda wechat: wechat.will_send(b"<html>", ADD),
    "no media id": lambda wechat: wechat.will_send(b"{}", ADD),
    "an empty media id": lambda wechat: wechat.will_send(b'{"media_id": ""}', ADD),
    "a gateway": lambda wechat: wechat.will_send(b"Bad Gateway", ADD, status=502),
    "a redirect": lambda wechat: wechat.will_send(b"", ADD, status=302, location="/"),
    "too much": lambda wechat: wechat.will_send(b" " * (MIB + 1), ADD),
}
