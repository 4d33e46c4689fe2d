"""What stands between the letters of a word and is no mark: tags, and the numbers of a list."""

import html
import re

TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--.{0,200}?-->", re.S)
NUMBER = re.compile(r"^[ \t　]*(?:[(（]?\d{1,3}[.)、．）]|[①-⑳⑴-⒛]|[-*+•])[ \t　]*", re.M)


def without_tags(text: str) -> str:
    """As a browser would show it: nobody types `赌<b>博` or `v&#112;n` who has nothing to hide."""
    return html.unescape(TAG.sub("", text))


def without_numbers(text: str) -> str:
    """The items of lists without what counts them: each may be one letter of a word."""
    return NUMBER.sub("", text)
