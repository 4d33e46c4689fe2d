"""The short words that a service has for programs: all that is kept and shown of what it says.

A service may put anything in their place: the question, a key, somebody's name. That is left out.
"""

import re

from integrations.model.parameters import Turns

WORD = re.compile(r"(?!sk-)[A-Za-z][A-Za-z0-9_.:\[\]-]{1,63}|[1-9]\d{0,6}|-\d{1,6}")
# Of words that a service has for programs none is one of these: an OpenID, a name made at random.
OPEN_ID = re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])")
AT_RANDOM = re.compile(r"(?=[a-z_-]*\d)[\w-]{32}|(?=[a-z]{0,15}\d)[a-z\d]{16}", re.I)
BETWEEN = re.compile(r"[\W_]+")
STATUS = re.compile(r"[45]\d\d")
# Of these an error says nothing that is private, whatever was asked.
USUAL = frozenset(
    "access account argument code content context denied error exceeded failed filter found input"
    " insufficient internal invalid length limit message messages model parameter policy quota rate"
    " request requests server service status temperature tokens type user value".split()
)


def is_for_programs(word: str) -> bool:
    """Whether a word may be one that a service has for programs, and names nobody."""
    told = OPEN_ID.search(word) or AT_RANDOM.search(word)
    return WORD.fullmatch(word) is not None and not told


def own_words(code: str, turns: Turns, key: str = "") -> str:
    """The words of a service's code without those that were said to it: they may be private."""
    if not code:
        return ""
    said = [key, *(turn["content"] for turn in turns)]
    told = BETWEEN.sub("", " ".join(said)).casefold()
    return " ".join(word for word in code.split() if not _was_told(word, told))


def _was_told(word: str, told: str) -> bool:
    if STATUS.fullmatch(word):
        return False
    parts = [part for part in BETWEEN.split(word.casefold()) if part]
    long = {"".join(parts), *(part for part in parts if len(part) > 3)}
    return any(part in told for part in long - USUAL)
