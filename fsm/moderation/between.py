"""What stands between the letters of a word and is no mark: tags, numbers of a list, emoji."""

import html
import re

from fsm.text.spelling import EMOJI

TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--.{0,200}?-->", re.S)
COUNT = r"(?:\d{1,3}|[一二三四五六七八九十百]{1,4})"
NUMBER = re.compile(
    rf"^[ \t　]*(?:第?[(（]?{COUNT}(?:[.)、．）:：]|\Z)|第\Z|[①-⑳⑴-⒛]|[-*+•])[ \t　]*", re.M
)


def without_tags(text: str) -> str:
    """As a browser would show it: nobody types `赌<b>博` or `v&#112;n` who has nothing to hide."""
    return html.unescape(TAG.sub("", text))


def without_numbers(text: str) -> str:
    """The items of lists without what counts them: each may be one letter of a word."""
    return NUMBER.sub(_unseen, text)


def without_emoji(text: str) -> str:
    """Without WeChat's own, which come as their names in brackets: `法[微笑]轮[微笑]功`."""
    return EMOJI.sub(_unseen, text)


def _unseen(found: re.Match[str]) -> str:
    """As long as what it stands for: each letter keeps its place, and can be held back."""
    return "\u200b" * len(found[0])
