"""What of an answer is said aloud, in which pieces and with which voice. Pure functions."""

import re
import unicodedata

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
LATIN = r"A-Za-z\u00c0-\u024f"
LATIN_WORD = re.compile(rf"[{LATIN}]+")
# A word of a sentence, and no part of an address, a formula or a name: those are the same in any
# language. Signs may stand around it.
PROSE_WORD = re.compile(
    rf"(?<![!-~{LATIN}])[\"'(\[]*(?![A-Z])[{LATIN}][{LATIN}'’-]+[\"')\].,!?;:]*(?![!-~{LATIN}])"
)

VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s<>]+)"  # of an attribute

# Left out or reduced to their words, in this order.
MARKUP = (
    (re.compile(r"```.*?(?:```|\Z)", re.DOTALL), "\n"),  # code
    (re.compile(rf"<[A-Za-z]+(?:\s+[\w-]+={VALUE})*\s*/?>|</[A-Za-z]+>"), ""),  # <a href="…">
    (re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\s]{0,2000}\)"), r"\1"),  # [text](link)
    (re.compile(r"(?:(?:https?|ftp|weixin)://|\bwww\.)[!-~]*[A-Za-z0-9/=&#~_-]"), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}|>+|[-*+•])[ \t]+", re.MULTILINE), ""),  # heading, quote, item
    (re.compile(r"^[ \t]*(?:[-=*_|:][ \t]*){3,}$", re.MULTILINE), ""),  # rule, edge of a table
    (re.compile(r"\*{2,}|_{2,}|~{2,}|`+"), ""),
    (re.compile(r"(?<![A-Za-z0-9*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(r"\|"), " "),  # between the cells of a table
)
BLANKS = re.compile(r"[^\S\n]+")
LINE_ENDS = re.compile(r"\s*\n\s*")
NOT_SAID = {"Cc", "Cf", "Cn", "Co", "Cs"}  # control, format, unassigned, private, surrogate
JOINS_EMOJI = "\u20e3\ufe0e\ufe0f"

CLOSING = "”’」』）)】》\"'"
FOLLOWED_BY_CHINESE = "\u3000-\u303f\u3400-\u9fff\uff00-\uff60"
SENTENCE_END = re.compile(
    rf"[!?]{{0,9}}+[。！？…][。！？…!?]*+[{CLOSING}]*+"
    rf"|[!?]{{1,9}}+[{CLOSING}]*+(?=[\s{FOLLOWED_BY_CHINESE}])"
    rf"|\.++[{CLOSING}]*+(?=\s)"
    r"|\n\s*+"
)
# A full stop after one of these, a single letter or the number of an item ends nothing.
NO_END = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|fig|jr|sr|approx|a\.m|p\.m)"
    r"|\b[A-Za-z]|(?:^|\n)\s*\d{1,3})\.$",
    re.IGNORECASE,
)


def spoken_text(plain: str) -> str:
    """The text without what cannot be said: markup, links, code, emoji, control characters.

    Lines stay lines. Empty when there is no word and no number left to say.
    """
    for pattern, words in MARKUP:
        plain = pattern.sub(words, plain)
    kept = "".join(c for c in plain if c in "\n\t" or _is_said(c))
    text = LINE_ENDS.sub("\n", BLANKS.sub(" ", kept)).strip()
    return text if any(c.isalnum() for c in text) else ""


def sentences(text: str, start: int, *, finished: bool) -> tuple[list[str], int]:
    """The sentences from `start` that are complete, and where the next one starts (characters).

    `text` may still be being written: a sentence is complete when something follows it, or when
    the text is `finished`; the last one then needs no end. Blank ones are left out, and pieces
    that come one by one give the same sentences as the whole.
    """
    found: list[str] = []
    for end in SENTENCE_END.finditer(text, start):
        if end.end() == len(text) or NO_END.search(text[start : end.end()]):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    if finished:
        found.append(text[start:])
        start = len(text)
    return [sentence.strip() for sentence in found if sentence.strip()], start


def voice_for(text: str, zh_model: str, en_model: str) -> str:
    """The voice for a text: the English one where most of it is English sentences.

    A Chinese character counts as much as an English word. The Chinese voice reads English words
    among Chinese ones, the English voice leaves Chinese out: it decides where they are equal.
    """
    han = len(HAN.findall(text))
    words = len((PROSE_WORD if han else LATIN_WORD).findall(text))
    return en_model if words > han else zh_model


def _is_said(character: str) -> bool:
    category = unicodedata.category(character)
    if category in NOT_SAID or character in JOINS_EMOJI:
        return False
    if "\u2190" <= character <= "\u21ff":  # arrows
        return False
    symbol = category in ("So", "Sk")
    return not (symbol and ("\u2300" <= character <= "\u2bff" or character >= "\U0001f000"))
