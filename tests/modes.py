"""The ways in which a push may come: open or sealed, XML or JSON; and words, typed or spoken."""

from typing import Any

import pytest

from sandbox.follower import Fate, Follower
from sandbox.sealing import Seal
from settings.schema import Secret
from tests.running import TOKEN, Running

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
SEALED: dict[str, Any] = {"encoding_aes_key": Secret(KEY), "appid": APPID}  # for `wechat`
MODES: dict[str, dict[str, Any]] = {
    "plain": {},
    "json": {"as_json": True},
    "sealed": {"seal": Seal(TOKEN, KEY, APPID)},
    "sealed json": {"seal": Seal(TOKEN, KEY, APPID), "as_json": True},
}

in_each_mode = pytest.mark.parametrize("how", MODES.values(), ids=MODES)
typed_or_spoken = pytest.mark.parametrize("spoken", [False, True], ids=["typed", "spoken"])


def tell(app: Running, words: str, *, spoken: bool, **how: Any) -> Fate:
    """Say something, by voice as WeChat recognizes it: with a full stop."""
    follower: Follower = app.follower(**how)
    return follower.send_voice(f"{words}。") if spoken else follower.say(words)
