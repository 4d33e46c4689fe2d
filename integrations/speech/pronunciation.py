"""What the speech service says of a pronunciation, read. Pure functions.

A phrase is the service's JSON: the best of `NBest` has its scores and those of its `Words` under
`PronunciationAssessment`, each from 0 to 100 (Microsoft's "Use pronunciation assessment", "JSON
result example"). Where one is missing, the others are made use of.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WHOLE = ("PronScore", "AccuracyScore")  # the first that is there; a word has only the second
NOT_SAID = ("Omission", "Insertion")  # what is the matter with a word, and not with its sound


@dataclass(frozen=True)
class JudgedWord:
    """A word as it was said, from 0 (not to be understood) to 100 (as a native speaker)."""

    text: str
    score: float


@dataclass(frozen=True)
class Pronunciation:
    """How a recording is pronounced as a whole, from 0 to 100, and each word that has a score."""

    score: float
    words: tuple[JudgedWord, ...]

    def worst(self, most: int, *, below: float) -> list[str]:
        """Up to `most` different words that scored less than that, the worst first."""
        found: dict[str, float] = {}
        for word in self.words:
            if word.score < below and any(letter.isalpha() for letter in word.text):
                key = word.text.lower()
                found[key] = min(word.score, found.get(key, word.score))
        return sorted(found, key=lambda word: found[word])[:most]


def judged(phrases: Iterable[str]) -> Pronunciation | None:
    """What is said of all phrases together; a longer one counts more. None: there is no score."""
    words: list[JudgedWord] = []
    total = weight = 0.0
    for best in filter(None, map(_best, phrases)):
        of_this = list(_words(best))
        score = _score(best)
        if score is None and of_this:
            score = sum(word.score for word in of_this) / len(of_this)
        if score is not None:
            counts = max(1, len(of_this))
            total, weight = total + score * counts, weight + counts
        words += of_this
    return Pronunciation(total / weight, tuple(words)) if weight else None


def _best(phrase: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(phrase)
        best = answer["NBest"][0]
    except (ValueError, LookupError, TypeError):
        return {}
    return best if isinstance(best, dict) else {}


def _words(best: Mapping[str, Any]) -> Iterator[JudgedWord]:
    listed = best.get("Words")
    for word in listed if isinstance(listed, list) else []:
        if not isinstance(word, dict) or _scores(word).get("ErrorType") in NOT_SAID:
            continue
        text, score = word.get("Word"), _score(word)
        if isinstance(text, str) and score is not None:
            yield JudgedWord(text, score)


def _score(judged: Mapping[str, Any]) -> float | None:
    found = (_scores(judged).get(name) for name in WHOLE)
    numbers = [n for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
    return next((float(n) for n in numbers if 0 <= n <= 100), None)  # below 0: it failed


def _scores(judged: Mapping[str, Any]) -> Mapping[str, Any]:
    """Over REST they stand beside the words themselves."""
    scores = judged.get("PronunciationAssessment")
    return scores if isinstance(scores, dict) else judged
