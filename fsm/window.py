"""WeChat's times for a message: how many tries, how long each (protocol sheet 1.8)."""

from dataclasses import dataclass

from integrations.wechat.protocol import TRIES, TRY_SECONDS
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

    def passed(self, message: Message, number: int, arrived_at: float, age: int = 0) -> float:
        """Seconds since the first try of a message, of which one has come now.

        Where it is no time that tries could be apart, the clock was set: then their number tells.
        `age`: seconds since it was written, by WeChat's clock. The first tries may have found no
        server, while one was started; they count as well.
        """
        passed = arrived_at - message.arrived_at
        if not 0 <= passed <= self.seconds + self.try_seconds:
            passed = self.try_seconds * min(number - 1, self.tries)
        # Of what WeChat has made, whose tries are no shorter than this: an age is in whole seconds,
        # and a second try's may be 4.
        before = (age + 1) // TRY_SECONDS
        if not 0 < before <= self.tries:
            return passed
        return max(passed, self.try_seconds * min(before, self.tries - 1))

    def answer_in(self, number: int, passed: float) -> float:
        """In how many seconds a try must be answered that came so long after the first.

        One that is not the last may still be open when the window closes.
        """
        if self.is_last(number, passed):
            return self.try_seconds - self.margin
        return self.seconds - passed - self.margin

    def is_last(self, number: int, passed: float) -> bool:
        """Whether no other try comes after one that came so long after the first."""
        return number >= self.tries or passed >= self.try_seconds * (self.tries - 1)
