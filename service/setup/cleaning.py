"""Answers as people paste them: with blanks, quotes, full-width characters and line ends."""

import re
import unicodedata

AROUND = " \t\r\n\"'`“”‘’「」《》<>,;"
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


def cleaned(answer: str) -> str:
    """What was meant, where the answer is a word of ASCII: a key, an address, a name."""
    narrow = unicodedata.normalize("NFKC", INVISIBLE.sub("", answer))
    narrow = narrow.replace("。", ".").strip(AROUND)
    words = narrow.split()
    if len(words) == 2 and words[0].lower() == "bearer":
        return words[1]
    return "".join(words)


def host(answer: str) -> str:
    """The name or address in what may be a whole URL."""
    return re.sub(r"^[a-z]+://", "", cleaned(answer).lower()).partition("/")[0]
