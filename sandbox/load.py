"""An open-loop load: messages arrive on schedule, whatever becomes of the ones before."""

import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import gevent

from sandbox.follower import Fate, Follower


@dataclass(frozen=True)
class Sent:
    """A message and how it ended. Times in seconds since 1970."""

    question: str
    due_at: float
    sent_at: float
    fate: Fate

    @property
    def seen_at(self) -> float:
        """When the reply had arrived. Only of one that was delivered."""
        return self.sent_at + (self.fate.seen_after or math.inf)


@dataclass(frozen=True)
class Report:
    """What became of the messages. Times in milliseconds."""

    first: int  # answered on the first try
    later: int  # answered on a later one
    put_off: int  # a reply, but from before the model's end, or without one
    never: int
    model_calls: int  # 0 where the model is not ours to ask
    asked_twice: int  # questions
    overhead: list[float]  # from the model's end to the reply, of the answered
    whole: list[float]  # all that was not the model: the way to it as well
    lateness: list[float]  # of the load itself: what it posted after it was due


def drive(url: str, token: str, *, rate: float, messages: int, followers: int) -> list[Sent]:
    """Send `messages` at `rate` a second, `followers` of them in turn. Ends with the last try."""
    run = os.urandom(4).hex()
    begin = time.time() + 0.1

    def send(number: int, due_at: float) -> Sent:
        question = f"bench {run} {number}"
        follower = Follower(url, token, open_id=f"follower-{number % followers}")
        sent_at = time.time()
        return Sent(question, due_at, sent_at, follower.say(question))

    def arrivals() -> Iterator["gevent.Greenlet[..., Sent]"]:
        for number in range(messages):
            due_at = begin + number / rate
            gevent.sleep(max(0.0, due_at - time.time()))
            yield gevent.spawn(send, number, due_at)

    return [sending.get() for sending in list(arrivals())]


def report(
    sent: Sequence[Sent],
    ends: Mapping[str, Sequence[float]] | None,
    begins: Mapping[str, Sequence[float]] | None = None,
) -> Report:
    """`ends` has, for each question, when the model's answers to it ended, as `Model.ends` does.

    Without it every reply counts as an answer, and there are no overheads; `begins` is when the
    model was asked.
    """
    known = ends or {}
    counted: Counter[str] = Counter()
    overhead: list[float] = []
    whole: list[float] = []
    for one in sent:
        delivered, calls = one.fate.delivered, known.get(one.question, [])
        if delivered is None or one.fate.reply is None:
            counted["never"] += 1
        elif ends is not None and (not calls or one.seen_at < min(calls)):
            counted["put_off"] += 1
        else:
            counted["first" if delivered.number == 1 else "later"] += 1
            overhead += [1000 * (one.seen_at - min(calls))] if calls else []
            if calls and begins:
                in_the_model = min(calls) - min(begins[one.question])
                whole.append(1000 * (one.seen_at - one.sent_at - in_the_model))
    return Report(
        counted["first"],
        counted["later"],
        counted["put_off"],
        counted["never"],
        model_calls=sum(map(len, known.values())),
        asked_twice=sum(len(calls) > 1 for calls in known.values()),
        overhead=overhead,
        whole=whole,
        lateness=[1000 * (one.sent_at - one.due_at) for one in sent],
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def as_line(values: Sequence[float]) -> str:
    """p50, p95, p99 and the largest of times in milliseconds."""
    if not values:
        return "-"
    parts = [f"p{share:.0%}".rstrip("%") for share in (0.5, 0.95, 0.99)]
    times = [percentile(values, share) for share in (0.5, 0.95, 0.99)]
    shown = [f"{part} {ms:.1f}" for part, ms in zip(parts, times, strict=True)]
    return "   ".join([*shown, f"max {max(values):.1f}"]) + "   ms"
