"""Whose settings are: those of the file, or of one of several accounts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Whose:
    """An account: its name, where it stands in the file, and which sections are its own there.

    `doubted` are keys of the file that may not say what was meant, and why.
    """

    name: str = ""
    place: str = ""
    own: frozenset[str] = frozenset()
    doubted: tuple[tuple[str, str], ...] = ()
