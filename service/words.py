"""What checks and set-up say, in the operator's language."""

import os

from service.checks.chinese import CHINESE as OF_CHECKS
from service.setup.chinese import CHINESE as OF_SETUP

CHINESE = OF_CHECKS | OF_SETUP
NAMES = ("LC_ALL", "LC_MESSAGES", "LANG")  # of variables, the first that is set counts

_told = ""  # the language that was asked for


def speak(language: str) -> None:
    """Say everything in "zh" or "en" from now on; "" for the language of the environment."""
    global _told
    _told = language


def said(english: str, **values: object) -> str:
    """The sentence in the operator's language, with `values` in its places."""
    return (CHINESE[english] if language() == "zh" else english).format(**values)


def language() -> str:
    """The operator's: "zh" or "en"."""
    found = _told or next((os.environ[name] for name in NAMES if os.environ.get(name)), "")
    return "zh" if found.startswith("zh") else "en"
