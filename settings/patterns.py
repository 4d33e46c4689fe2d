"""Regular expressions of the operator's, in RE2's words.

Whatever one looks like, the time that it takes grows with the text and with its own size, and not
faster; the size is bounded here. RE2 has neither look-ahead nor back-references for that.
"""

from typing import Protocol

import re2

MOST_STEPS = 2000  # that a text's character may take: 2000 bytes in about 50 ms, at the very worst

OPTIONS = re2.Options()
OPTIONS.case_sensitive = False
OPTIONS.log_errors = False  # it would write to stderr
OPTIONS.max_mem = 1024 * 1024  # bytes


class Pattern(Protocol):
    """A compiled regular expression."""

    def search(self, text: str) -> object | None:
        """What it finds somewhere in the text, None for nothing."""


def compiled(pattern: str) -> Pattern | None:
    """None where it is no expression of RE2, or too large."""
    try:
        found = re2.compile(pattern, OPTIONS)
    except re2.error:
        return None
    made: Pattern = found
    return made if found.programsize <= MOST_STEPS else None
