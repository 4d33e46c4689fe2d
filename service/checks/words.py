"""What the checks say, in the operator's language."""

import os

from service.checks.chinese import CHINESE


def said(english: str, **values: object) -> str:
    """The sentence in the operator's language, with `values` in its places."""
    return (CHINESE[english] if _in_chinese() else english).format(**values)


def _in_chinese() -> bool:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name] for name in names if os.environ.get(name)), "").startswith("zh")
