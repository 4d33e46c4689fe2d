"""A text with choices to tap below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.wechat.protocol import REPLY_BYTES, tap_link

BETWEEN = "  "


@dataclass(frozen=True)
class Choice:
    """What is read, and what a tap on it sends. One that is `chosen` already is marked."""

    name: str
    sends: str
    chosen: bool = False

    @property
    def label(self) -> str:
        return f"✓{self.name}" if self.chosen else self.name

    @property
    def link(self) -> str:
        return tap_link(self.sends, self.label)


def without_links_to(words: Sequence[str], text: str) -> str:
    """The text without the lines whose only link sends one of the words."""
    links = [tap_link(word) for word in words]
    return "\n".join(
        line
        for line in text.split("\n")
        if line.count("<a ") != 1 or not any(link in line for link in links)
    )


def menu(head: str, lines: Sequence[tuple[str, Sequence[Choice]]]) -> str:
    """`head`, and below it a line for each that has choices: what stands before them, and they.

    All of it is one reply. Where not all find room as links, half of it is for words that are read
    only, what is chosen first among them; an earlier line takes room first.
    """
    choices = [choice for _, some in lines for choice in some]
    room = REPLY_BYTES - len("\n".join([head, *(before for before, _ in lines)]).encode())
    shown = dict[Choice, str]()

    def show(choice: Choice, how: str, *, leaves: int = 0) -> None:
        nonlocal room
        before = shown[choice] if choice in shown else ""
        takes = len(how.encode()) - len(before.encode()) + (0 if before else len(BETWEEN))
        if room - takes >= leaves:
            shown[choice] = how
            room -= takes

    for choice in sorted(choices, key=lambda choice: not choice.chosen):
        show(choice, choice.label, leaves=REPLY_BYTES // 2)
    for choice in choices:
        show(choice, choice.link)
    for choice in choices:
        if choice not in shown:
            show(choice, choice.label)
    below = (
        (before, BETWEEN.join(shown[choice] for choice in some if choice in shown))
        for before, some in lines
    )
    return "\n".join(filter(None, [head, *(before + said for before, said in below if said)]))
