"""The label of what a model has written, where the model has written it too: it stands there once.

Width, case and blanks make no difference, nor does a full stop behind it. Pure functions.
"""

import unicodedata

STOPS = "。．.！! \n"  # that a model may put behind it


def without_label(text: str, label: str, *, finished: bool = True) -> str:
    """A text without the label at its end; where nothing else is said, as it is.

    Of one that is not `finished` the beginning of the label is left off as well.
    """
    letters = _letters(label)
    if not letters:
        return text
    said = text
    while (begins := _begins(said, letters, finished=finished)) is not None:
        said = said[:begins].rstrip()
    return said or text


def _begins(text: str, letters: str, *, finished: bool) -> int | None:
    """Where the label begins, of which these are the letters; None: it does not end the text."""
    whole = _found(text, letters, finished=finished)
    return whole if whole is not None else _found(text.rstrip(STOPS), letters, finished=True)


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


def _stands_alone(text: str, at: int) -> bool:
    """Whether what begins here is not the end of a word or a sentence."""
    return not text[at].isalnum() or text[:at].rstrip(" \t　")[-1:] in ("", "\n")


def _letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
