"""How an answer ended, by the word that a service has for it.

Each vendor has words of its own (`stop`, `end_turn`, `MAX_TOKENS`, `sensitive`, ...), and gateways
pass them on as they are. What one that is not known here means, the answer itself has to tell.
"""

import re
from enum import Enum, auto
from typing import Any

from integrations.model.codes import own_words
from integrations.model.parameters import Turns
from settings.announcements import announce


class Ending(Enum):
    """What a word of a service means for the answer."""

    NONE = auto()  # nothing was said of an end
    WHOLE = auto()
    CUT_BY_LENGTH = auto()
    BROKEN = auto()
    WITHHELD = auto()
    UNKNOWN = auto()


NOTHING = {
    *("", "null", "none", "nil", "undefined"),
    *("unspecified", "finish_reason_unspecified", "not_finished"),
}
# In this order: "content_filter_error" is withheld, "max_tokens_error" is cut by length.
KINDS = {
    Ending.WITHHELD: re.compile(
        r"filter|safety|unsafe|toxic|harm|jailbreak|audit|sensitiv|recitation|risk|block|prohibit"
        r"|spii|moderat|guardrail|refus|censor|violat|policy|politic|inappropriate|legal|denied"
        r"|flagged|banned|forbid|disallow|restrict|complian|copyright|nsfw|abus|敏感|违规|审核|屏蔽"
    ),
    Ending.CUT_BY_LENGTH: re.compile(
        r"length|max_|maximum|max.?tokens|truncat|context_window|incomplete|too_long|budget"
        r"|context_(?:full|exceed|overflow)|cache_full"
        r"|^(?!.*(?:rate|time|usage|quota|credit|request|concurren)).*limit"
    ),
    Ending.BROKEN: re.compile(
        r"error|abort|insufficient|cancel|interrupt|fail|time_?out|timed_out|network|disconnect"
        r"|unavailable|overload|broken|crash|exception|malformed|killed|preempt|exhausted|reject"
        r"|limit|quota|throttl|_lost|^oom|out_of_memory|deadline|expired|shut_?down|evict|dropped"
        r"|closed|reset|panic|fault|corrupt|premature|partial|unexpected|invalid|repetition"
    ),
    Ending.WHOLE: re.compile(
        r"stop\w*|end\w*|eo[stmg]\w*|complete\w*|finish\w*|final\w*|done|normal|natural\w*"
        r"|success\w*|ok|early_stop\w*|\w+_(?:stop|eos|end|ended|completed?|done|finished)"
        r"|tool_?calls?|tool_?use|function_?call"
    ),
}


def word_of(reason: Any) -> str:
    """A reason as one word in lower case; "" where it says nothing. Some stand in an object."""
    if isinstance(reason, list):
        reason = next(iter(reason), "")
    if isinstance(reason, dict):
        reason = reason.get("type") or reason.get("reason")
    if not isinstance(reason, str):
        return ""
    word = reason.strip().lower().replace(" ", "_").replace("-", "_")
    return "" if word in NOTHING else word


def ending(word: str) -> Ending:
    """What a word of `word_of` means."""
    if not word:
        return Ending.NONE
    for kind, words in KINDS.items():
        found = words.fullmatch(word) if kind is Ending.WHOLE else words.search(word)
        if found:
            return kind
    return Ending.UNKNOWN


class OddEnds:
    """The words for an end that are not known here: the operator is told of each once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, word: str, turns: Turns) -> None:
        """Of a word ("" for none) that ended the answer to these turns, and is none of theirs."""
        word = own_words(word, turns)
        if word and word not in self._told:
            self._told.add(word)
            announce("odd_end", "warning", word=word)
