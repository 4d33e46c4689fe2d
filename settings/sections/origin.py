"""Where settings are from: the file's own sections, or one of several accounts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """An account: its name, where it stands in the file, and which sections are its own there.

    `doubted` are keys of the file that may not say what was meant, and why.
    """

    name: str = ""
    place: str = ""
    own: frozenset[str] = frozenset()
    doubted: tuple[tuple[str, str], ...] = ()
