"""Failures by their cause: those that go on come first, and those that are over last."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

WellAt = Mapping[str, float]  # by the account, when a service last did well for it


@dataclass(frozen=True)
class Reason:
    """The messages of which the store says the same, word for word."""

    reason: str
    messages: int
    last_at: float
    last_message_id: int
    of_account: str = ""  # by its name among several


@dataclass(frozen=True)
class Failures:
    """Messages to which the same happened lately, in whatever words.

    `reason` is that of the last one, `others` are those of the others, the newest first. `goes_on`:
    a service is to blame that has done well at no time since, for one of the accounts at least;
    `over`: it has for each, at `well_at` for the last of them.
    """

    cause: str
    reason: str
    others: list[str]
    messages: int
    last_at: float
    last_message_id: int
    goes_on: bool
    over: bool
    well_at: float | None
    of_account: str  # the names of all that it happened to, unless that is the one of `wechat:`


def by_cause(reasons: list[Reason], done_well_at: Mapping[str, WellAt]) -> list[Failures]:
    """What goes on first, then what happened last. `done_well_at`: when each service last did."""
    if not reasons:
        return []
    from fsm.reasons import cause, service  # it takes a while

    alike: defaultdict[str, list[Reason]] = defaultdict(list)
    for reason in sorted(reasons, key=lambda reason: (-reason.last_at, -reason.messages)):
        alike[cause(reason.reason)].append(reason)
    found = []
    for name, of_cause in alike.items():
        to_blame = service(of_cause[0].reason)
        found.append(_together(name, of_cause, to_blame, done_well_at.get(to_blame, {})))
    return sorted(found, key=lambda one: (one.over, not one.goes_on))


def _together(name: str, reasons: list[Reason], to_blame: str, did_well_at: WellAt) -> Failures:
    last, *others = reasons
    well_at = _well_since(reasons, did_well_at)
    over = well_at is not None
    return Failures(
        cause=name,
        reason=last.reason,
        others=[reason for reason in _each(others) if reason != last.reason],
        messages=sum(reason.messages for reason in reasons),
        last_at=last.last_at,
        last_message_id=last.last_message_id,
        goes_on=bool(to_blame) and not over,
        over=over,
        well_at=well_at,
        of_account=_names(reasons),
    )


def _well_since(reasons: list[Reason], well_at: WellAt) -> float | None:
    """Since when it has done well for all to whom it happened; None where it has not for one."""
    each = [(reason.last_at, well_at.get(reason.of_account, 0.0)) for reason in reasons]
    return max(well for _, well in each) if all(well > last for last, well in each) else None


def _each(reasons: list[Reason]) -> list[str]:
    return list(dict.fromkeys(reason.reason for reason in reasons))


def _names(reasons: list[Reason]) -> str:
    names = sorted({reason.of_account for reason in reasons})
    return ", ".join(name or "-" for name in names) if any(names) else ""
