"""Whether a text is refused: what a follower asks before the model sees it, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fsm import events
from fsm.moderation.between import without_emoji, without_numbers, without_tags
from fsm.moderation.patterns import Patterns
from fsm.moderation.words import WordList
from fsm.text.folding import folded
from fsm.text.slices import UNCUT
from integrations.moderation.moderations import ModerationFailed

Lists = Callable[[], tuple[WordList, ...]]


def no_lists() -> tuple[WordList, ...]:
    """Of an account that refuses nothing."""
    return ()


class JudgingService(Protocol):
    """A service that judges texts."""

    def flagged(self, text: str) -> str:
        """What a text is flagged for, "" where it is not. Raises `ModerationFailed`."""


@dataclass(frozen=True)
class Outside:
    """The service that is asked besides; `refuses`: also what it could not judge.

    `answers`: it judges answers, too. `told` is told each time why it has not judged, "" where
    it has.
    """

    service: JudgingService
    refuses: bool
    answers: bool = False
    account: str = ""
    told: Callable[[str], None] = lambda reason: None

    def rule(self, text: str) -> str:
        """By which of its categories a text is refused, "" by none."""
        try:
            categories = self.service.flagged(text)
        except ModerationFailed as error:
            advice, refused = str(error.advice), self.refuses
            events.not_judged(error, self.account, advice=advice, refused=refused)
            self.told(str(error))
            return "service:failed" if self.refuses else ""
        self.told("")
        return f"service:{categories}" if categories else ""


class Judge:
    """The rules of one account: `lists` gives the word lists as they are just now.

    A rule is told as `list:line`, `service:categories` or the name of a pattern, "" is none.
    """

    def __init__(
        self,
        lists: Lists = no_lists,
        patterns: Patterns | None = None,
        outside: Outside | None = None,
    ) -> None:
        self._lists = lists
        self._patterns = patterns or Patterns()
        self._outside = outside

    @property
    def judges(self) -> bool:
        """Whether there is any rule of our own: else an answer need not be looked at."""
        return bool(self._patterns.named or any(map(len, self._lists())))

    def outside(self, text: str) -> str:
        """By which rule of the service a question is refused: that takes a while."""
        return self._outside.rule(text) if self._outside else ""

    def outside_answer(self, text: str) -> str:
        """By which rule of the service a whole answer is refused, where it is to judge them."""
        return self._outside.rule(text) if self._outside and self._outside.answers else ""

    def question(self, text: str) -> str:
        """By which rule a question is refused."""
        return self._rule(text, without_tags(without_emoji(text)), prose=False)

    def answer(self, text: str) -> str:
        """By which rule a whole answer is refused."""
        return self._rule(text, _read_otherwise(text), prose=True)

    def so_far(self, text: str) -> str:
        """By which rule the beginning of an answer is refused already."""
        return self._rule(text, _read_otherwise(text), prose=True, finished=False)

    def showable(self, text: str) -> str:
        """What of the beginning of an answer may be shown: nothing, where it is refused.

        What its end may still become is held back, and never cut within a link. Nothing is shown
        before a service has judged the whole, where it is to.
        """
        if self._outside and self._outside.answers:
            return ""
        if not (text and self.judges):
            return text
        if self.so_far(text):
            return ""
        end = self._patterns.may_begin_at(text)
        lists = self._lists()
        for words in dict.fromkeys([text, _read_otherwise(text)]) if lists else ():
            seen = folded(words)
            begins = min(one.may_begin_at(seen) for one in lists)
            end = min(end, seen.places[begins]) if begins < len(seen.places) else end
        for link in UNCUT.finditer(text):
            if link.start() < end < link.end():
                end = link.start()
        return text[:end]

    def _rule(self, text: str, otherwise: str, *, prose: bool, finished: bool = True) -> str:
        """By which rule it is refused as it is written, or as it may be read otherwise."""
        for words in filter(None, dict.fromkeys([text, otherwise])):
            if lists := self._lists():
                seen = folded(words)
                rules = (one.rule(seen, finished=finished, prose=prose) for one in lists)
                if rule := next(filter(None, rules), ""):
                    return rule
            if rule := self._patterns.rule(words):
                return rule
        return ""


def _read_otherwise(answer: str) -> str:
    """An answer with nothing between its words that may only part their letters."""
    return without_numbers(without_emoji(answer))
