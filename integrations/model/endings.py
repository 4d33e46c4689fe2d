"""How an answer ended, by the word that a service has for it.

Each vendor has words of its own (`stop`, `end_turn`, `MAX_TOKENS`, `sensitive`, ...), and gateways
pass them on as they are. One that is not known here is a good end, where there is an answer.
"""

import re
from enum import Enum, auto
from typing import Any


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
        r"filter|safety|unsafe|toxic|harmful|jailbreak|audit|sensitiv|recitation|risk|block|prohibit|spii|moderat|guardrail|refusal"
        r"|censor|violat|policy|inappropriate|illegal|denied|敏感|违规"
    ),
    Ending.CUT_BY_LENGTH: re.compile(
        r"length|max_|maximum|max.?tokens|(?<!rate_)(?<!time_)limit|truncat|context_window"
        r"|incomplete|too_long"
    ),
    Ending.BROKEN: re.compile(
        r"error|abort|insufficient|cancel|interrupt|fail|time_?out|timed_out|network|disconnect"
        r"|unavailable|overload|broken|crash|exception|malformed|killed|preempt|exhausted|reject"
        r"|(?:rate|time)_limit|_lost|^oom|out_of_memory"
    ),
    Ending.WHOLE: re.compile(
        r"stop\w*|end\w*|eos\w*|\w*_end|complete\w*|finish\w*|done|normal|success|ok|tool_?calls?"
        r"|tool_?use|function_?call"
    ),
}


def word_of(reason: Any) -> str:
    """A reason as one word in lower case; "" where it says nothing. Some stand in an object."""
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
