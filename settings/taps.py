"""What of WeChat's a text of the settings has: its greatest size, and links that send words.

`{tap:文字}` in a text is such a link. `integrations.wechat.protocol` has both from here.
"""

import re
from urllib.parse import quote

REPLY_BYTES = 2000  # of UTF-8 in a text reply, and whatever stands below it (protocol sheet 3.2)

TAP = re.compile(r"\{tap:([^{}\n]*[^{}\s][^{}\n]*)\}")
TYPED = re.compile(r"[{｛] *tap *[:：]([^{}｛｝\n]*)[}｝]")
HARMLESS = str.maketrans({"<": "＜", ">": "＞", "&": "＆", "\n": " "})


def tap_link(word: str, label: str = "") -> str:
    """A link that sends `word` when it is tapped (protocol sheet 3.4).

    `label` is read in its place.
    """
    content = quote(word, safe="")
    label = (label or word).translate(HARMLESS)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=1">{label}</a>'


def straightened(text: str) -> str:
    """With braces and a colon that were typed full-width around a link as it is meant."""
    return TYPED.sub(r"{tap:\1}", text)


def with_links(text: str) -> str:
    """The text as it is sent."""
    return TAP.sub(lambda tap: tap_link(tap[1].strip()), text)
