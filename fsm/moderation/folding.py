"""A text as a listed word is looked for in it: its letters and digits alone, in one form.

Width, case, accents, traditional or simplified, and whatever stands between the letters make no
difference: `Ｖ.Ｐ．n`, `法 轮 功` and `法輪功` are read as their words.
"""

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import gevent

AT_ONCE = 2000  # characters that are folded before others have their turn
LET_ON = 0.0001  # seconds; 0 would let on only what is ready, and no timer or socket
MOST_KNOWN = 20_000  # characters
LATIN_ENDS = "\u0250"
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # that only look like nothing
SENTENCE_ENDS = frozenset("。！？!?；;…\n")


def _simplified() -> dict[int, str]:
    lines = Path(__file__).with_name("simplified.txt").read_text(encoding="utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return {ord(traditional): own for traditional, own in zip(pairs[::2], pairs[1::2], strict=True)}


SIMPLIFIED = _simplified()


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
    form = unicodedata.normalize("NFKD", character)
    if form[0] >= LATIN_ENDS:  # whose accents make other letters of them
        form = unicodedata.normalize("NFKC", character)
    folded = form.translate(SIMPLIFIED).casefold()
    return "".join(one for one in folded if one.isalnum() and one not in BLANK_LETTERS)


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
        kind = _kind(self.letters[at])
        if not kind or kind != _kind(self.letters[at - 1]):
            return True
        return any(map(_parts, self.before(at)))

    def may_go_on(self) -> bool:
        """Whether a letter to come may belong to the run of the last one."""
        behind = self.text[self.places[-1] + 1 :] if self.letters else ""
        return bool(self.letters) and _kind(self.letters[-1]) != "" and not any(map(_parts, behind))


def folded(text: str) -> Folded:
    """Fold a text. Where it is long, others have their turn meanwhile."""
    letters: list[str] = []
    places: list[int] = []
    for start in range(0, len(text), AT_ONCE):
        if start:
            gevent.sleep(LET_ON)
        found = [LETTERS[character] for character in text[start : start + AT_ONCE]]
        letters += found
        places += [place for place, some in enumerate(found, start) for _ in some]
    return Folded(text, "".join(letters), places)


def folded_word(word: str) -> str:
    """The same of a word or a line, at once; for any thread."""
    return "".join([LETTERS[character] for character in word])


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digit"
    return "latin" if letter < LATIN_ENDS else ""


def _parts(character: str) -> bool:
    """Whether it keeps letters apart that stand on both sides of it."""
    return unicodedata.category(character) not in ("Cf", "Mn", "Me", "Cc") or character.isspace()
