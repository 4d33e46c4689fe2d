"""What the program says to whoever runs it, in Chinese or in English.

A sentence stands in English where it is said, and its Chinese in `settings.chinese`. What programs
read stays English: names of events, keys, JSON.
"""

import os
from collections.abc import Mapping
from typing import Any, Literal

NAMES = ("LC_ALL", "LC_MESSAGES", "LANG")  # of variables, the first that is set counts


class AskedLanguage:
    """The language that somebody asked for, "" for none. The command line goes first."""

    by_word = ""
    by_settings = ""


def speak(language: str) -> None:
    """Say everything in "zh" or "en" from now on; "" for what settings or environment say."""
    AskedLanguage.by_word = language


def prefer(language: str) -> None:
    """Speak so where the command line says nothing; "auto": as the environment says."""
    AskedLanguage.by_settings = language.removeprefix("auto")


def language() -> Literal["zh", "en"]:
    """The operator's."""
    asked = AskedLanguage.by_word or AskedLanguage.by_settings
    found = asked or next((os.environ[name] for name in NAMES if os.environ.get(name)), "")
    return "zh" if found.startswith("zh") else "en"


def said(english: str, **values: object) -> str:
    """The sentence in the operator's language, with `values` in its places."""
    return Told.of(translated(english).format(**values), english, values)


def translated(english: str) -> str:
    """A sentence whose places are still empty, in the operator's language."""
    if language() == "en":
        return english
    from settings.chinese import CHINESE  # nobody else needs it

    return CHINESE.get(english, english)


class Sentence:
    """What is to be said later, in the language of then: the `str` of it.

    As an attribute of a class it reads as a text.
    """

    def __init__(self, english: str, **values: object) -> None:
        self._english = english
        self._values = values

    def __str__(self) -> str:
        return said(self._english, **self._values)

    def __get__(self, instance: object, owner: type) -> str:
        return str(self)


class Told(str):
    """A text that can be said again in another language, by `in_words`.

    It is the English one, for programs. Each of `values` may be one of these itself.
    """

    english: str
    values: Mapping[str, object]

    def __new__(cls, english: str, **values: object) -> "Told":
        """`values` are filled into the places of the `english` sentence."""
        return cls.of(english.format(**values), english, values)

    @classmethod
    def of(cls, text: str, english: str, values: Mapping[str, object]) -> "Told":
        """What is told, as a `text` that is not the English one."""
        told = super().__new__(cls, text)
        told.english, told.values = english, values
        return told

    def __deepcopy__(self, memo: object) -> "Told":
        return self  # nothing in it changes


def in_words(text: str) -> str:
    """In the operator's language what was `Told` or `said`; any other text as it is."""
    if not isinstance(text, Told):
        return text
    values = text.values.items()
    words = {name: in_words(value) if isinstance(value, str) else value for name, value in values}
    return said(text.english, **words)


def to_keep(text: object) -> Any:
    """What was `said` or `Told`, as JSON of no language; any other text or number as it is."""
    match text:
        case Told():
            return [text.english, {name: to_keep(value) for name, value in text.values.items()}]
        case None | int() | float():
            return text
        case Sentence():
            return to_keep(str(text))
        case _:
            return str(text)


def from_kept(kept: Any) -> Any:
    """What `to_keep` kept, in the operator's language of now."""
    if not isinstance(kept, list):
        return kept
    english, values = kept
    return said(english, **{name: from_kept(value) for name, value in values.items()})
