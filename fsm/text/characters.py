"""A text in one form of its characters, however it was typed."""

import unicodedata
from pathlib import Path


def _simplified() -> dict[int, str]:
    lines = Path(__file__).with_name("simplified.txt").read_text(encoding="utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    table = zip(map(ord, pairs[::2]), pairs[1::2], strict=True)
    return dict(table) | {ord("著"): "着"}  # which is simplified, too, in other words


SIMPLIFIED = _simplified()


def one_form(text: str) -> str:
    """The same whatever its width and case, and whether it is traditional or simplified."""
    return unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()
