"""A text with choices to tap below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.wechat.rules import REPLY_BYTES, tap_link

BETWEEN = "  "


@dataclass(frozen=True)
class Choice:
    """What is read, and what a tap on it sends."""

    label: str
    sends: str

    @property
    def link(self) -> str:
        return tap_link(self.sends, self.label)


def menu(head: str, lines: Sequence[tuple[str, Sequence[Choice]]]) -> str:
    """`head`, and below it a line for each that has choices: what stands before them, and they.

    All of it is one reply. A choice that finds no room as a link is read only, and what finds none
    then is left out; an earlier line takes room first.
    """
    said = head
    for before, choices in lines:
        start = f"\n{before}"
        for choice in choices:
            for shown in (choice.link, choice.label):
                if len(f"{said}{start}{shown}".encode()) <= REPLY_BYTES:
                    said, start = f"{said}{start}{shown}", BETWEEN
                    break
    return said
