"""The label of what a model has written, where the model has written it too: it stands there once.

Width, case, blanks, traditional or simplified make no difference, nor does a full stop behind it or
a dash before it. A label that says that an AI has written this may be said in other words, too:
（本回答由人工智能生成，仅供参考）. Pure functions.
"""

import re

from fsm.text.characters import one_form
from fsm.text.folding import folded_word

STOPS = "。．.！! \n"  # that a model may put behind it
BETWEEN = "—–―\u200b\ufeff \t\n　"  # that and the text
SIGNS_BEHIND = f"{STOPS}~～*_\u200b\ufeff"
CLOSED_BY = {"）": "（", ")": "(", "】": "【", "]": "["}
BEFORE_IT = "(?:注|说明|声明|提示|备注|以上|上述|本|该|此)*"
WHAT = "(?:内容|回答|回复|答复|答案|文本|文字)"
WRITER = "(?:ai|人工智能|大模型|语言模型)(?:大?模型|助手)?"
BEHIND_IT = "(?:的|内容|仅供参考|供参考|请(?:注意|仔细|谨慎|自行)?(?:甄别|核实|辨别))*"
SAYS_SO = re.compile(
    f"{BEFORE_IT}{WHAT}(?:均|全部|完全)?[由为系]{WRITER}(?:自动|辅助)?生成{BEHIND_IT}"
)
MAY_SAY_SO = re.compile(  # an open end: a bracket that is not closed, or a dash behind a sentence
    r"(?:[（(【\[][^（(【\[）)】\]\n]{0,40}|(?<=[\n。！？.!?])[—–―]+\s*[^\n]{0,20})\Z"
)


def without_label(text: str, label: str, *, finished: bool = True) -> str:
    """A text without the label at its end; where nothing else is said, as it is.

    Of one that is not `finished` the beginning of the label is left off as well.
    """
    letters = _letters(label)
    if not letters:
        return text
    said = text
    while (begins := _begins(said, letters, finished=finished)) is not None:
        said = said[:begins].rstrip(BETWEEN)
    return said or text


def _begins(text: str, letters: str, *, finished: bool) -> int | None:
    """Where the label begins, of which these are the letters; None: it does not end the text."""
    for found in (
        _found(text, letters, finished=finished),
        _found(text.rstrip(STOPS), letters, finished=True),
        _in_other_words(text, finished=finished)
        if SAYS_SO.fullmatch(folded_word(letters))
        else None,
    ):
        if found is not None:
            return found
    return None


def _found(text: str, letters: str, *, finished: bool) -> int | None:
    tail, found = "", None
    for at in range(len(text) - 1, -1, -1):
        if not (letter := _letters(text[at])):
            continue
        tail = letter + tail
        if not (letters.endswith(tail) if finished else tail in letters):
            break
        begins = tail == letters if finished else letters.startswith(tail)
        if begins and _stands_alone(text, at):
            found = at
    return found


def _in_other_words(text: str, *, finished: bool) -> int | None:
    """Where another label begins: in brackets, or as a line; what a colon introduces stays."""
    bare = text.rstrip(SIGNS_BEHIND)
    if bare[-1:] in CLOSED_BY:
        begins = max(bare.rfind(CLOSED_BY[bare[-1]]), 0)
    elif finished:
        begins = bare.rfind("\n") + 1
    else:
        return may.start() if (may := MAY_SAY_SO.search(text)) else None
    above = bare[:begins].rstrip()
    says_so = above and above[-1] not in "：:" and SAYS_SO.fullmatch(folded_word(bare[begins:]))
    return begins if says_so else None


def _stands_alone(text: str, at: int) -> bool:
    """Whether what begins here is not the end of a word or a sentence."""
    return not text[at].isalnum() or text[:at].rstrip(" \t　")[-1:] in ("", "\n")


def _letters(text: str) -> str:
    return "".join(one_form(text).split())
