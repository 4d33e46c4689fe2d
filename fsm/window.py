"""WeChat's times for a message: how many tries, how long each (protocol sheet 1.8)."""

from dataclasses import dataclass

from integrations.wechat.rules import TRIES, TRY_SECONDS
from store.messages import Message


@dataclass(frozen=True)
class Window:
    """WeChat's times in seconds, and how long before its end the last try is answered."""

    try_seconds: float = TRY_SECONDS
    tries: int = TRIES
    margin: float = 0.4

    @property
    def seconds(self) -> float:
        """From the first arrival of a message until WeChat fetches no answer to it any more."""
        return self.try_seconds * self.tries

    def answer_by(self, message: Message, number: int, arrived_at: float) -> float:
        """When a try must be answered at the latest, in seconds since 1970.

        One that is not the last may still be open when the window closes.
        """
        if self.is_last(message, number, arrived_at):
            return arrived_at + self.try_seconds - self.margin
        return message.arrived_at + self.seconds - self.margin

    def is_last(self, message: Message, number: int, arrived_at: float) -> bool:
        """Whether no other try comes after it."""
        last_begins = message.arrived_at + self.try_seconds * (self.tries - 1)
        return number >= self.tries or arrived_at >= last_begins
