"""What WeChat holds to, whoever the account belongs to: times, sizes, the link that sends a word.

Numbers in brackets are paragraphs of the protocol sheet, `docs/wechat-protocol.md`.
"""

import re

from settings.taps import REPLY_BYTES as REPLY_BYTES  # (3.2)
from settings.taps import tap_link as tap_link  # (3.4)

TRY_SECONDS = 5.0  # that a try is kept open (1.8)
TRIES = 3  # of one push

VOICE_SECONDS = 60.0  # of a voice, permanent or temporary (7.1, 7.2)
VOICE_BYTES = 2 * 1024 * 1024

DAY_BEGINS = -8 * 3600.0  # quotas are by Beijing's day: seconds from midnight in UTC (5.3)
DAY = 24 * 3600.0

# What is posted as a text in place of a sticker and of other things that are not passed on (2).
NOT_SUPPORTED = r"(?:您?收到.{0,3})?不支[持援].{0,2}(?:消息|[讯訊]息|信息)[类類]型"
NOT_PASSED_ON = re.compile(
    rf"[【［\[]{NOT_SUPPORTED}.{{0,20}}[】］\]][。.]?"
    rf"|{NOT_SUPPORTED}[，,]?[暂暫][无無]法[显顯]示[。.]?"
    r"|[【［\[](?:received )?(?:an? )?unsupported (?:message|msg|type).{0,60}[】］\]][.。]?"
    r"|[【［\[](?:this )?message type (?:is )?not supported.{0,60}[】］\]][.。]?"
    r"|[【［\[][暂暫]?不支持(?:的|该|此)?(?:类型的?)?消息(?:类型)?[】］\]]"
    r"|[【［\[](?:received an? sticker|收到了?一[个個]表情).{0,40}[】］\]][。.]?"
    r"|[【［\[](?:(?:[动動][画畫])?表情|[贴貼][图圖]|(?:animated )?sticker)[】］\]]",
    re.IGNORECASE,
)


def stands_for_a_sticker(content: str) -> bool:
    """Whether WeChat, and not the follower, has written this text."""
    return NOT_PASSED_ON.fullmatch(content.strip()) is not None


def next_day(at: float) -> float:
    """When the quotas of the day are fresh again; both in seconds since 1970."""
    return at - (at - DAY_BEGINS) % DAY + DAY
