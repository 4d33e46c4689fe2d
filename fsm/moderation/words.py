"""A list of words, and where in a text one of them stands.

The words lie in a set, and under their first two letters how long those are that begin so: at each
letter of a text one look is enough, where it is not the beginning of a word. That needs no library
whose automaton holds everything up while it is built (two seconds for 100,000 words).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fsm.moderation.folding import SENTENCE_ENDS, Folded, folded_word
from settings.file import Problem
from settings.kept import Unusable
from settings.language import said

LONGEST = 100  # letters of one word
SPELLED_OUT = 3  # letters at least of a word that ends of sentences may stand between


@dataclass(frozen=True)
class WordList:
    """Words by their letters, each with the line that it stands on in the list called `name`."""

    name: str
    lines: dict[str, int] = field(repr=False)
    lengths: dict[str, tuple[int, ...]] = field(repr=False)  # by the first two letters
    first: frozenset[str] = field(repr=False)
    longest: int

    @classmethod
    def of(cls, name: str, text: str) -> "WordList":
        """The list that a text makes: one word a line, lines that begin with # are comments.

        Raises `Unusable`. For any thread.
        """
        lines: dict[str, int] = {}
        problems: list[Problem] = []
        for number, line in enumerate(text.split("\n"), start=1):
            word = line.strip()
            if not word or word.startswith("#"):
                continue
            letters = folded_word(word)
            if 0 < len(letters) <= LONGEST:
                lines.setdefault(letters, number)
            else:
                what = said("expected 1 to {most} letters or digits", most=LONGEST)
                problems.append(Problem(number, "", what))
        if problems:
            raise Unusable(problems)
        lengths: dict[str, set[int]] = {}
        for word in lines:
            if len(word) > 1:
                lengths.setdefault(word[:2], set()).add(len(word))
        return cls(
            name,
            lines,
            {start: tuple(sorted(several)) for start, several in lengths.items()},
            frozenset(word[0] for word in lines),
            max(map(len, lines), default=0),
        )

    def __len__(self) -> int:
        return len(self.lines)

    def rule(self, text: Folded, *, finished: bool = True, prose: bool = False) -> str:
        """By which line the text is refused, as `name:line`; "" by none.

        Of a text that is not `finished` a word at its end may still become another one. In `prose`
        the end of a sentence parts words, as nobody has put it there to hide one.
        """
        open_end = len(text.letters) if not finished and text.may_go_on() else -1
        for start, end in self._found(text.letters):
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

    def _found(self, letters: str) -> Iterator[tuple[int, int]]:
        lines, lengths, whole = self.lines, self.lengths, len(letters)
        for start, letter in enumerate(letters):
            if letter in lines:
                yield start, start + 1
            for length in lengths.get(letters[start : start + 2], ()):
                if start + length <= whole and letters[start : start + length] in lines:
                    yield start, start + length


def _hangs_together(text: Folded, start: int, end: int) -> bool:
    gaps = [text.before(at) for at in range(start + 1, end)]
    if not any(SENTENCE_ENDS & set(gap) for gap in gaps):
        return True
    return all(gaps) and end - start >= SPELLED_OUT
