"""Links that send words when they are tapped, as texts of the settings have them: `{tap:文字}`."""

import re
from urllib.parse import quote

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
