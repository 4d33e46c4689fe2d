"""What a load saw, in figures; and the rows that are told of them.

Times are in milliseconds, processor time is that of user and system together.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.load import percentile

IN_TIME = 15.0  # seconds; three tries of WeChat


@dataclass(frozen=True)
class Load:
    """What became of a load. Percentiles are by nearest rank: times that were measured."""

    sent: int
    first: int  # answered on the first try
    answered: int  # on any
    told: int  # that there are too many
    put_off: int  # read anything else
    nothing: int
    overhead: list[float]  # from the model's end to the reply, of those answered
    whole: list[float]  # from the first byte to the reply, of those answered
    told_after: list[float]  # from the first byte of the try to that word
    late: list[float]  # what the load itself posted after it was due
    cpu: float = 0.0  # of the server, for each message

    def at(self, share: float) -> float:
        """The overhead that so many do not exceed; NaN where nobody was answered."""
        return percentile(self.overhead, share) if self.overhead else math.nan


def load_of(seen: Sequence[dict[str, float | str]], cpu_seconds: float = 0.0) -> Load:
    """From what `bench.load` printed, and the processor time that the server took meanwhile."""
    fates = Counter(str(one["fate"]) for one in seen)
    answered = [one for one in seen if one["fate"] == "answered"]
    first = sum(one["tries"] == 1 for one in answered)
    return Load(
        sent=len(seen),
        first=first,
        answered=len(answered),
        told=fates["told"],
        put_off=fates["put_off"],
        nothing=fates["nothing"],
        overhead=[_ms(one, "model_ended_at", "seen_at") for one in answered],
        whole=[_ms(one, "sent_at", "seen_at") for one in answered],
        told_after=[_ms(one, "sent_at", "seen_at") for one in seen if one["fate"] == "told"],
        late=[_ms(one, "due_at", "sent_at") for one in seen],
        cpu=1000 * cpu_seconds / len(seen) if seen else 0.0,
    )


def _ms(one: dict[str, float | str], begin: str, end: str) -> float:
    return 1000 * (float(one[end]) - float(one[begin]))


@dataclass(frozen=True)
class Target:
    """What a figure is to reach: the value itself, or its ratio to what stands beside it."""

    of: Literal["value", "ratio"]
    most: float = math.inf
    least: float = -math.inf

    def __str__(self) -> str:
        sign, bound = ("≤", self.most) if self.most < math.inf else ("≥", self.least)
        return f"{sign} {bound:g}{' x' if self.of == 'ratio' else ''}"


@dataclass(frozen=True)
class Row:
    """One figure of a case; `beside` is the same figure of `against`, in the same minutes."""

    case: str
    figure: str
    unit: str
    value: float
    beside: float | None = None
    against: str = "floor"
    target: Target | None = None

    def aimed(self, target: Target | None) -> "Row":
        """The figure, with what it is to reach."""
        return replace(self, target=target)

    @property
    def ratio(self) -> float | None:
        """Of the value to what stands beside it; None where that is nothing, or no figure."""
        return self.value / self.beside if self.beside and math.isfinite(self.beside) else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if not self.target:
            return None
        found = self.value if self.target.of == "value" else self.ratio
        return found is not None and self.target.least <= found <= self.target.most


def most(bound: float) -> Target:
    """The value is not to be greater."""
    return Target("value", most=bound)


def least(bound: float) -> Target:
    """The value is not to be smaller."""
    return Target("value", least=bound)


def ratio_of_most(bound: float) -> Target:
    """The ratio is not to be greater."""
    return Target("ratio", most=bound)


def ratio_of_least(bound: float) -> Target:
    """The ratio is not to be smaller."""
    return Target("ratio", least=bound)
