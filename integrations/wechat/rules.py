"""What WeChat holds to, whoever the account belongs to: times, sizes, the link that sends a word.

Numbers in brackets are paragraphs of the protocol sheet.
"""

from urllib.parse import quote

TRY_SECONDS = 5.0  # that a try is kept open (1.8)
TRIES = 3  # of one push

REPLY_BYTES = 2000  # of UTF-8 in a text reply, whatever stands below it included (3.2)

VOICE_SECONDS = 60.0  # of a voice, permanent or temporary (7.1, 7.2)
VOICE_BYTES = 2 * 1024 * 1024

DAY_BEGINS = -8 * 3600.0  # quotas are by Beijing's day: seconds from midnight in UTC (5.3)
DAY = 24 * 3600.0

HARMLESS = str.maketrans({"<": "＜", ">": "＞", "&": "＆", "\n": " "})


def tap_link(word: str) -> str:
    """A link that sends `word` when it is tapped (3.4)."""
    content = quote(word, safe="")
    label = word.translate(HARMLESS)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid=1">{label}</a>'


def next_day(at: float) -> float:
    """When the quotas of the day are fresh again; both in seconds since 1970."""
    return at - (at - DAY_BEGINS) % DAY + DAY
