"""Regular expressions of the operator's, in RE2's words.

Whatever one looks like, the time that it takes grows with the text and with its own size, and not
faster; the size is bounded here. RE2 has neither look-ahead nor back-references for that.
"""

import re
from typing import Protocol

import re2

MOST_STEPS = 2000  # that a text's character may take: 2000 bytes in about 50 ms, at the very worst

ANY = ("", "a", "1", "中", "！")  # texts in which nobody means to find the same

OPTIONS = re2.Options()
OPTIONS.case_sensitive = False
OPTIONS.log_errors = False  # it would write to stderr
OPTIONS.max_mem = 1024 * 1024  # bytes


class Pattern(Protocol):
    """A compiled regular expression."""

    def search(self, text: str) -> re.Match[str] | None:
        """What it finds somewhere in the text, None for nothing."""


def compiled(pattern: str) -> Pattern | None:
    """None where it is no expression of RE2, too large, or finds what is empty: anywhere, that is.

    An alternative too many does that (`a|b|`), or that all of it may be left out (`[0-9]*`).
    """
    try:
        found = re2.compile(pattern, OPTIONS)
    except re2.error:
        return None
    made: Pattern = found
    if found.programsize > MOST_STEPS or any(_is_empty(made.search(text)) for text in ANY):
        return None
    return made


def finds_all(pattern: Pattern) -> bool:
    """Whether hardly a text is without what it finds."""
    return all(pattern.search(text) for text in ANY if text)


def _is_empty(found: re.Match[str] | None) -> bool:
    return found is not None and not found[0]
