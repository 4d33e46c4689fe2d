"""Times as an operator writes and reads them: local, with seconds, and as ages."""

import re
from datetime import datetime

from settings.language import Sentence, said

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 24 * 3600.0}
IN_WORDS = {1: Sentence("s"), 60: Sentence("min"), 3600: Sentence("h"), 86_400: Sentence("d")}


class NoTime(ValueError):
    """Neither an age nor an ISO time."""


def parse_since(word: str, now: float) -> float:
    """An age before `now`, or an ISO time (local, unless it names its zone) -> seconds since 1970.

    Raises `NoTime`.
    """
    if age := re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd])", word.strip()):
        return now - float(age[1]) * UNITS[age[2]]
    try:
        return datetime.fromisoformat(word.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise NoTime(
            said("Expected an age like 90s, 30m, 2h or 3d, or an ISO time like 2026-01-31T08:30.")
        ) from None


def moment(at: float | None) -> str:
    """Seconds since 1970 -> local date and time; "-" where there is none."""
    local = _local(at)
    return local.isoformat(" ", "seconds") if local else f"{at:g}" if at is not None else "-"


def clock(at: float, begin: float) -> str:
    """Local time with milliseconds, and with its date where that is not the one of `begin`."""
    local, began = _local(at), _local(begin)
    if local and began and local.date() == began.date():
        return local.time().isoformat("milliseconds")
    return local.isoformat(" ", "milliseconds") if local else f"{at:g}"


def _local(at: float | None) -> datetime | None:
    """None for what no calendar has."""
    try:
        return None if at is None else datetime.fromtimestamp(at)
    except (ValueError, OverflowError, OSError):
        return None


def span(seconds: float) -> str:
    """A length of time in its largest units: 0.251 s, 12 s, 3 min 5 s, 2 h 5 min, 3 d 4 h."""
    if seconds < 0:
        return f"-{span(-seconds)}"
    if seconds < 10:
        return _one(round(seconds, 3 if seconds < 1 else 1), 1)
    whole = round(seconds)
    if whole < 60:
        return _one(whole, 1)
    large = next(unit for unit in (86_400, 3600, 60) if whole >= unit)
    first, rest = divmod(whole, large)
    small = {86_400: 3600, 3600: 60, 60: 1}[large]
    second = rest // small
    return f"{_one(first, large)} {_one(second, small)}" if second else _one(first, large)


def age(at: float | None, now: float) -> str:
    """How long ago, or in what time: "3 min ago", "in 5 s"; "-" where there is no time."""
    if at is None:
        return "-"
    seconds = abs(now - at)
    whole = span(seconds // 60 * 60 if 60 <= seconds < 3600 else seconds // 1)
    return said("{time} ago", time=whole) if at <= now else said("in {time}", time=whole)


def _one(number: float, unit: int) -> str:
    return f"{number:g} {IN_WORDS[unit]}"
