"""Questions that a model offers to be asked next: how it is told to, and how they are cut off.

They stand behind a mark, in a line at the end of an answer. Models garble it: whatever comes near
to the mark ends what is said, and what behind it is no question is left out. Pure functions.
"""

import re
from dataclasses import dataclass, field

from fsm.text.thoughts import without_thoughts

MARK = "[[追问]]"
LONGEST, SHORTEST = 30, 2  # characters of a question
FAR = 600  # characters behind a garbled mark make it a part of the text

OPEN, CLOSE = r"\[【［〖「『<《(（", r"\]】］〗」』>》)）"
DECORATED = r"^[ \t>*_#`~•-]{0,8}"
NAME = r"(?:追[问問]|[Ff]ollow[- ]?[Uu]ps?|[Ss]uggest\w{0,6})"
EXACT = rf"\[\[\s*{NAME}(?:[^\[\]|\n]{{0,12}}\]{{1,2}})?"
GARBLED = (
    rf"{DECORATED}[{OPEN}]{{1,3}}\s*{NAME}[^{OPEN}{CLOSE}|｜\n]{{0,12}}[{CLOSE}]{{1,3}}"
    rf"|{DECORATED}{NAME}[ \t*_:：]{{0,4}}(?=[^\n]*[|｜])"
)
A_MARK = re.compile(rf"(?P<exact>{EXACT})|(?:{GARBLED})", re.M)
# What a mark may begin as: to be held back while more is to come.
BEGUN = re.compile(
    rf"\[(?:\[\s*(?:{NAME}?[^\[\]|\n]{{0,12}}\]?|追|[FfSs][\w -]{{0,9}}))?\Z"
    rf"|{DECORATED}[{OPEN}]{{0,3}}\s*(?:追|(?:追[问問])[^\n]{{0,80}})?\Z",
    re.M,
)
CUT_SHORT = re.compile(r"\s*\[(?:\[\s*追?)?\s*\Z")  # by the limit of the answer's length
BETWEEN = re.compile(r"[|｜\n]+")
ENDED = re.compile(r"(?<=[？?])\s*|[；;]\s*")
BULLET = re.compile(r"^(?:[\s>*_#`~•·▪-]|\(?（?\d{1,2}[.、)）:：](?!\d)|[:：])+")
AN_ITEM = re.compile(r"\s*(?:[-*•·▪|｜]|\(?（?\d{1,2}[.、)）])")
NO_QUESTION = re.compile(r"[\[\]{}<>|｜]|://|[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Parted:
    """What is said of an answer, and what may be asked next. `marked`: it was said to its end."""

    said: str = field(repr=False)
    suggestions: tuple[str, ...] = field(default=(), repr=False)
    marked: bool = field(default=False, compare=False)


def telling(count: int) -> str:
    """What a model is told, to have so many from it."""
    example = " | ".join(f"问题{number}" for number in "一二三"[:count])
    return (
        f"回答完之后，最后另起一行，写上 {MARK}，接着写 {count} 个对方读完可能会接着问你的问题，"
        "用对方的语言和口吻，每个不超过 15 个字，用 | 隔开。这一行像这样：\n"
        f"{MARK} {example}\n"
        "别的地方不要提到这一行，也不要再写别的建议问题。"
    )


def parted(answer: str, count: int) -> Parted:
    """A whole answer without what stands behind marks, and at most `count` questions from there.

    Its thoughts are left out where there is a mark. A mark that was cut short is left out too.
    """
    if not A_MARK.search(answer):
        return Parted(CUT_SHORT.sub("", answer))
    said, offered = without_thoughts(answer).strip(), list[str]()
    at = 0  # behind this there is no mark yet
    while mark := _mark(said, at):
        block, rest = _block(said[mark.end() :], count)
        offered += _questions(block)
        before = said[: mark.start()].rstrip()
        said = f"{before}\n\n{rest.lstrip()}".strip() if rest.strip() else before
        at = len(before)
    return Parted(said, tuple(dict.fromkeys(offered))[:count], marked=at > 0 or bool(offered))


def said_so_far(answer: str) -> tuple[str, bool]:
    """What of an answer that is being written is no mark, nor may become one; and if one came."""
    if A_MARK.search(answer):
        said = without_thoughts(answer, finished=False)
        if mark := _mark(said, 0):
            return said[: mark.start()].rstrip(), True
    return _held_back(answer), False


def _held_back(answer: str) -> str:
    line = answer.rfind("\n") + 1
    begun = BEGUN.search(answer, line)
    return answer[: begun.start()] if begun else answer


def _mark(said: str, at: int) -> re.Match[str] | None:
    """The first mark; a garbled one only near the end, for it may be a part of what is said."""
    for mark in A_MARK.finditer(said, at):
        if mark["exact"] or len(said) - mark.end() <= FAR:
            return mark
    return None


def _block(behind: str, count: int) -> tuple[str, str]:
    """The lines that hold the questions, and what comes after them, which is said."""
    first, *lines = behind.split("\n")
    taken = 0
    if not _questions(first):  # they stand below, one a line
        while taken < len(lines) and (not lines[taken].strip() or _questions(lines[taken])):
            if len(_questions("\n".join(lines[:taken]))) >= count:
                break
            taken += 1
    while taken < len(lines) and AN_ITEM.match(lines[taken]):
        taken += 1
    return "\n".join([first, *lines[:taken]]), "\n".join(lines[taken:])


def _questions(block: str) -> list[str]:
    pieces = BETWEEN.split(block)
    if sum(bool(piece.strip()) for piece in pieces) == 1:
        pieces = ENDED.split(block)
    return [one for one in map(_bare, pieces) if one]


def _bare(piece: str) -> str:
    """A question as it can be sent; "" where it is none."""
    words = re.sub(r"\*\*|__|`", "", BULLET.sub("", piece)).strip(" \t*_“”\"'「」")
    words = re.sub(r"\s+", " ", words)
    if not SHORTEST <= len(words) <= LONGEST or NO_QUESTION.search(words):
        return ""
    return words if any(map(str.isalpha, words)) else ""
