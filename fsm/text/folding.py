"""A text as a listed word is looked for in it: its letters and digits alone, in one form.

Width, case, accents, traditional or simplified, and whatever stands between the letters make no
difference: `Ｖ.Ｐ．n`, `法 轮 功` and `法輪功` are read as their words. So are letters of other
shapes (`ᴠᴘɴ`, `🅥🅟🅝`, `🇻🇵🇳`), and Greek or Cyrillic ones among Latin ones that they look like.
"""

import re
import unicodedata
from dataclasses import dataclass, field

import gevent

from fsm.text.characters import SIMPLIFIED

AT_ONCE = 2000  # characters that are folded before others have their turn
LET_ON = 0.0001  # seconds; 0 would let on only what is ready, and no timer or socket
MOST_KNOWN = 20_000  # characters
LATIN_ENDS = "\u0250"
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # that only look like nothing
TONE_MARKS = "\u02c7\u02c9\u02ca\u02cb"
SHAPED = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER"
    r"|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])"
)
LOOKS_LIKE = dict(
    zip("аеорсухѕіјԁһԛԝѵвкмнтαορντικυχη", "aeopcyxsijdhqwvbkmhtaopvtikuxn", strict=True)
)
GREEK_OR_CYRILLIC = "\u0370-\u052f"
LATIN = re.compile("[A-Za-z]")
LATIN_OR_LIKE_IT = re.compile(f"[A-Za-z{GREEK_OR_CYRILLIC}]+")
FLAG_LETTER = "[\U0001f1e6-\U0001f1ff]"
FLAG = re.compile(f"(?<!{FLAG_LETTER}){FLAG_LETTER}{{2}}(?!{FLAG_LETTER})")
VOICED = {"\uff9e": "\u3099", "\uff9f": "\u309a", "\u3099": "\u3099", "\u309a": "\u309a"}  # kana
BY_WHAT_IS_BESIDE = re.compile(f"[{''.join(VOICED)}{GREEK_OR_CYRILLIC}]|{FLAG_LETTER}")
SENTENCE_ENDS = frozenset("。！？!?；;…\n")


class Letters(dict[str, str]):
    """The letters and digits that a character stands for, mostly itself or nothing.

    Those that were asked for are remembered: a text has few.
    """

    def __missing__(self, character: str) -> str:
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[character] = letters = _letters_of(character)
        return letters


LETTERS = Letters()


def _letters_of(character: str) -> str:
    if shaped := SHAPED.fullmatch(unicodedata.name(character, "")):
        return shaped[1].casefold()
    form = unicodedata.normalize("NFKD", character)
    if form[0] >= LATIN_ENDS:  # whose accents make other letters of them
        form = unicodedata.normalize("NFKC", character)
    folded = form.translate(SIMPLIFIED).casefold()
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() else one
        for one in folded
        if one.isalnum() and one not in BLANK_LETTERS + TONE_MARKS
    )


@dataclass(frozen=True)
class Folded:
    """The letters of a text, and at which of its characters each stands."""

    text: str = field(repr=False)
    letters: str = field(repr=False)
    places: list[int] = field(repr=False)

    def before(self, at: int) -> str:
        """What stands between the letter at `at` and the one before it."""
        return self.text[self.places[at - 1] + 1 : self.places[at]] if at else ""

    def begins_a_run(self, at: int) -> bool:
        """Whether no letter of the same kind stands right before the one at `at`.

        Latin letters make a word together, and digits a number; Chinese is written without gaps.
        """
        if at in (0, len(self.letters)):
            return True
        kind = self._kind(at)
        if not kind or kind != self._kind(at - 1):
            return True
        return any(map(_parts, self.before(at)))

    def may_go_on(self) -> bool:
        """Whether a letter to come may belong to the run of the last one."""
        behind = self.text[self.places[-1] + 1 :] if self.letters else ""
        return bool(self.letters) and self._kind(-1) != "" and not any(map(_parts, behind))

    def _kind(self, at: int) -> str:
        """By how it is written: a flag, or a letter that looks like a Latin one, ends a word."""
        letter, written = self.letters[at], self.text[self.places[at]]
        if letter.isdigit():
            return "digit"
        if unicodedata.category(written) == "So":
            return "sign"
        return "latin" if letter < LATIN_ENDS and not "\u0370" <= written <= "\u052f" else ""


def folded(text: str) -> Folded:
    """Fold a text. Where it is long, others have their turn meanwhile."""
    found: list[str] = []
    for start in range(0, len(text), AT_ONCE):
        if start:
            gevent.sleep(LET_ON)
        found += [LETTERS[character] for character in text[start : start + AT_ONCE]]
    _heed_what_is_beside(found, text)
    places = [place for place, some in enumerate(found) for _ in some]
    return Folded(text, "".join(found), places)


def folded_word(word: str) -> str:
    """The letters of a word or a line, folded at once; for any thread."""
    found = [LETTERS[character] for character in word]
    _heed_what_is_beside(found, word)
    return "".join(found)


def _heed_what_is_beside(found: list[str], text: str) -> None:
    """A letter that others change: by a mark behind it, or among those that it looks like."""
    if not BY_WHAT_IS_BESIDE.search(text):
        return
    for at, character in enumerate(text):
        if character in VOICED and at and found[at - 1]:
            found[at - 1] = unicodedata.normalize("NFC", found[at - 1] + VOICED[character])
    for flag in FLAG.finditer(text):  # that of a country
        found[flag.start()] = found[flag.end() - 1] = ""
    for written in LATIN_OR_LIKE_IT.finditer(text):
        if LATIN.search(written[0]) and not written[0].isascii():
            for at in range(*written.span()):
                found[at] = LOOKS_LIKE.get(found[at], found[at])


def _parts(character: str) -> bool:
    """Whether it keeps letters apart that stand on both sides of it."""
    return unicodedata.category(character) not in ("Cf", "Mn", "Me", "Cc") or character.isspace()
