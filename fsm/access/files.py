"""The operator's files about who may ask: one OpenID a line, or one invite code."""

import hashlib
import re
from collections.abc import Iterator

from fsm.text.folding import folded_word
from settings.file.text import Problem
from settings.file.watched import Unusable
from settings.language import said

OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CODE = re.compile(r"(\S+?)(?:(?:\s+|\s*[,，、;；:：=]\s*)([1-9][0-9]{0,8})[次人]?)?")
KNOWN = re.compile(r"fingerprint:([0-9a-f]{16})")
SHORTEST, LONGEST = 4, 60  # letters of a code, which others may try to guess


def open_ids(text: str) -> frozenset[str]:
    """The OpenIDs that a file lists. Raises `Unusable`."""
    found: set[str] = set()
    problems: list[Problem] = []
    for number, line in _lines(text):
        if OPEN_ID.fullmatch(line):
            found.add(line)
        else:
            problems.append(Problem(number, "", said("expected one OpenID and nothing else")))
    if problems:
        raise Unusable(problems)
    return frozenset(found)


def invite_codes(text: str) -> dict[str, int]:
    """How many may come by each code, by its fingerprint; 1 where no number stands behind it.

    Raises `Unusable`.
    """
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in _lines(text):
        parts = CODE.fullmatch(line)
        letters = folded_word(parts[1]) if parts else ""
        if parts and (known := KNOWN.fullmatch(parts[1])):
            found[known[1]] = int(parts[2] or 1)
        elif not parts or not SHORTEST <= len(letters) <= LONGEST:
            what = said(
                "expected a code of {least} to {most} letters and how many may use it",
                least=SHORTEST,
                most=LONGEST,
            )
            problems.append(Problem(number, "", what))
        elif fingerprint(letters) in found:
            problems.append(Problem(number, "", said("this code stands on another line too")))
        else:
            found[fingerprint(letters)] = int(parts[2] or 1)
    if problems:
        raise Unusable(problems)
    return found


def by_fingerprints(text: str) -> str:
    """A text that says the same as one of codes, without any."""
    return "\n".join(f"fingerprint:{code} {uses}" for code, uses in invite_codes(text).items())


def fingerprint(letters: str) -> str:
    """What a code is known by where it is saved."""
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """What is no comment, with its number, from 1."""
    for number, line in enumerate(text.split("\n"), start=1):
        if (word := line.strip()) and not word.startswith(("#", "＃")):
            yield number, word
