"""A list of words, and where in a text one of them stands.

The words lie in a set, and under their first two letters how long those are that begin so: at each
letter of a text one look is enough, where it is not the beginning of a word. Where many words begin
with the same two letters they are looked up by halves. That needs no library whose automaton holds
everything up while it is built (two seconds for 100,000 words).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import gevent

from fsm.text.folding import LET_ON, SENTENCE_ENDS, Folded, folded_word
from settings.file.text import Problem
from settings.file.watched import Unusable
from settings.language import said

AT_ONCE = 2000  # letters or words that are looked at before others have their turn
FEW = 6  # lengths of words that begin alike: so many are tried one by one
COMMENT = re.compile(r"\s[#＃]")
SEVERAL = re.compile(  # words on a line, or one with a number
    r"\w\W*[,，、;；|\t]\W*\w|^\d{1,6}[.．、)）:：]\s*[^\W\d]"
)
LONGEST = 100  # letters of one word
SPELLED_OUT = 3  # letters at least of a word that ends of sentences may stand between


@dataclass(frozen=True)
class WordList:
    """Words by their letters, each with the line that it stands on in the list called `name`."""

    name: str
    lines: dict[str, int] = field(repr=False)
    lengths: dict[str, tuple[int, ...]] = field(repr=False)  # by the first two letters
    alike: dict[str, "Alike"] = field(repr=False)  # the same where they have many lengths
    first: frozenset[str] = field(repr=False)
    longest: int
    doubt: str = ""  # where it can hardly be meant so

    @classmethod
    def of(cls, name: str, text: str) -> "WordList":
        """The list that a text makes: one word a line, lines that begin with # are comments.

        Raises `Unusable`. For any thread.
        """
        lines = _by_letters(text)
        begin: dict[str, list[str]] = {}
        for word in lines:
            if len(word) > 1:
                begin.setdefault(word[:2], []).append(word)
        lengths = {start: tuple(sorted(set(map(len, some)))) for start, some in begin.items()}
        return cls(
            name,
            lines,
            lengths,
            {start: Alike.of(some) for start, some in begin.items() if len(lengths[start]) > FEW},
            frozenset(word[0] for word in lines),
            max(map(len, lines), default=0),
            _doubt(name, text, len(lines)),
        )

    def __len__(self) -> int:
        return len(self.lines)

    def rule(self, text: Folded, *, finished: bool = True, prose: bool = False) -> str:
        """By which line the text is refused, as `name:line`; "" by none.

        Of a text that is not `finished` a word at its end may still become another one. In `prose`
        the end of a sentence parts words, as nobody has put it there to hide one.
        """
        open_end = len(text.letters) if not finished and text.may_go_on() else -1
        for start, end in self._found(text):
            apart = text.begins_a_run(start) and text.begins_a_run(end)
            if apart and end != open_end and (not prose or _hangs_together(text, start, end)):
                return f"{self.name}:{self.lines[text.letters[start:end]]}"
        return ""

    def may_begin_at(self, text: Folded) -> int:
        """From which letter on the end of a text may become a listed word; its length for none."""
        letters, whole = text.letters, len(text.letters)
        for start in range(max(0, whole - self.longest), whole - 1):
            lengths = self.lengths.get(letters[start : start + 2], ())
            if lengths and lengths[-1] >= whole - start:
                return start
        return whole - 1 if letters and letters[-1] in self.first else whole

    def _found(self, text: Folded) -> Iterator[tuple[int, int]]:
        """Where a word stands. Where there is much to look at, others have their turn meanwhile."""
        letters, looked_at = text.letters, 0
        for start, letter in enumerate(letters):
            looked_at += 1
            if letter in self.lines:
                yield start, start + 1
            stem = letters[start : start + 2]
            if stem in self.lengths and text.begins_a_run(start):
                ends = self._ends(letters, start, stem)
                looked_at += len(ends)
                yield from ((start, end) for end in ends)
            if looked_at >= AT_ONCE:
                looked_at = 0
                gevent.sleep(LET_ON)

    def _ends(self, letters: str, start: int, stem: str) -> list[int]:
        """Behind each word that begins at `start`, the shortest first."""
        if alike := self.alike.get(stem):
            rest = letters[start : start + self.longest]
            return [start + len(word) for word in alike.that_begin(rest)]
        ends = [start + length for length in self.lengths[stem]]
        return [end for end in ends if letters[start:end] in self.lines and end <= len(letters)]


@dataclass(frozen=True)
class Alike:
    """Words that begin with the same letters, and which other each of them begins with."""

    words: list[str] = field(repr=False)
    within: dict[str, str] = field(repr=False)  # each by the next longer one

    @classmethod
    def of(cls, words: Iterable[str]) -> "Alike":
        """For any thread."""
        in_order = sorted(words)
        within: dict[str, str] = {}
        shorter: list[str] = []
        for word in in_order:
            while shorter and not word.startswith(shorter[-1]):
                shorter.pop()
            if shorter:
                within[word] = shorter[-1]
            shorter.append(word)
        return cls(in_order, within)

    def that_begin(self, text: str) -> list[str]:
        """Those that a text begins with, the shortest first.

        All of them begin the last word that does not come after the text in their order, too.
        """
        at = bisect_right(self.words, text)
        word = self.words[at - 1] if at else None
        found: list[str] = []
        while word:
            if text.startswith(word):
                found.append(word)
            word = self.within.get(word)
        return found[::-1]


def _by_letters(text: str) -> dict[str, int]:
    """The letters of each word that a text lists, and its line. Raises `Unusable`."""
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        word = line.strip()
        if not word or word.startswith(("#", "＃")):
            continue
        letters = folded_word(word)
        if COMMENT.search(word):
            what = said("a comment has a line of its own, which begins with #")
            problems.append(Problem(number, "", what))
        elif 0 < len(letters) <= LONGEST:
            lines.setdefault(letters, number)
        else:
            what = said("expected 1 to {most} letters or digits", most=LONGEST)
            problems.append(Problem(number, "", what))
    if problems:
        raise Unusable(problems)
    return lines


def _doubt(name: str, text: str, words: int) -> str:
    """Most lines look like several words, or words with numbers: those would never be found."""
    numbered = enumerate(text.split("\n"), start=1)
    several = [
        at for at, line in numbered if line[:1] not in "#＃" and SEVERAL.search(line.strip())
    ]
    if not several or 2 * len(several) < words:
        return ""
    where = f"{name}:{several[0]}"
    return said(
        "{where}: a line is one word, found as a whole; {many} seem to be more",
        where=where,
        many=len(several),
    )


def _hangs_together(text: Folded, start: int, end: int) -> bool:
    gaps = [text.before(at) for at in range(start + 1, end)]
    if not any(SENTENCE_ENDS & set(gap) for gap in gaps):
        return True
    return all(gaps) and end - start >= SPELLED_OUT
