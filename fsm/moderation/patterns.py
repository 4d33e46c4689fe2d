"""Regular expressions that must not be found in a text, by names of the operator's."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import gevent

from fsm.text.folding import LET_ON
from settings.patterns import Pattern, compiled

AT_ONCE = 2000  # characters that are searched before others have their turn
WITHIN = 200  # characters of what is found, at most, where a text is longer than that
HELD_BACK = 60  # characters of the beginning of an answer that may become something


@dataclass(frozen=True)
class Patterns:
    """In the order in which they are tried."""

    named: tuple[tuple[str, Pattern], ...] = ()

    @classmethod
    def of(cls, written: Mapping[str, str]) -> "Patterns":
        """Of the settings, which know that each is an expression."""
        both = ((name, compiled(one)) for name, one in written.items())
        return cls(tuple((name, pattern) for name, pattern in both if pattern))

    def rule(self, text: str) -> str:
        """The name of the first that is found in a text, "" for none.

        The text is searched in the width that its characters have in Latin, and without those that
        have none. Where it is long, others have their turn meanwhile.
        """
        if not self.named:
            return ""
        plain = "".join(filter(_seen, unicodedata.normalize("NFKC", text)))
        for start in range(0, max(1, len(plain) - WITHIN), AT_ONCE - WITHIN):
            if start:
                gevent.sleep(LET_ON)
            piece = plain[start : start + AT_ONCE]
            for name, pattern in self.named:
                if pattern.search(piece):
                    return name
        return ""

    def may_begin_at(self, text: str) -> int:
        """From where on the end of a text may become what is looked for."""
        return max(0, len(text) - HELD_BACK) if self.named else len(text)


def _seen(character: str) -> bool:
    return unicodedata.category(character) != "Cf"
