"""What a chaos run is to be, and what was said and seen in it."""

import re
from dataclasses import dataclass, field

from sandbox.follower import GREY_LINE, Fate
from settings.sections.texts import Texts

ASKS_ON = "继续"
# Then it is a question like any other; or, where no answer was just read, it is said so.
NOTHING_LEFT = re.compile(f"你刚才说的是“继续”|{re.escape(Texts().nothing_more)}")


@dataclass(frozen=True)
class Plan:
    """What is to happen; everything random comes from `seed`."""

    seconds: float = 120.0
    messages: int = 2000
    kill_every: float = 5.0
    servers: int = 1
    workers: int = 1
    seed: int = 1
    longest: float = 12.0  # seconds that the model thinks
    slow: float = 0.25  # the share of messages that it thinks long about
    slowly: float = 0.02  # the share that is written slowly
    store: str = "sqlite"  # or "postgresql"
    forked: float = 0.0  # seconds until a server is, instead of started as an operator starts it
    restarts: int = 2  # of a PostgreSQL server, at once as after a loss of power

    @property
    def followers(self) -> int:
        return max(4, self.messages // 4)


@dataclass(frozen=True)
class SentMessage:
    """A message on its way, and what came of it. Times are seconds since 1970."""

    open_id: str
    msg_id: str
    text: str
    sent_at: float
    seen_at: float
    fate: Fate
    again: bool = False  # a repeat of what had its answer

    @property
    def reached(self) -> bool:
        """Whether any try found somebody to talk to."""
        return any(one.result != "refused" for one in self.fate.tries)

    @property
    def seen_something(self) -> bool:
        """Whether the follower was told anything."""
        return bool(as_seen(self))


@dataclass
class Story:
    """All that was sent and seen."""

    said: list[SentMessage] = field(default_factory=list)
    still_reading: list[str] = field(default_factory=list)  # who came to no end
    read_at: float = 0.0


def as_seen(said: SentMessage) -> str:
    """What the follower sees; nothing for the grey line."""
    return "" if said.fate.seen == GREY_LINE else said.fate.seen
