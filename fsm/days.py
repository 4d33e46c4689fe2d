"""The days of the account's time zone, in which limits are counted and followers are told dates."""

from datetime import datetime, timedelta, tzinfo


def day_of(at: float, zone: tzinfo) -> tuple[float, float]:
    """When that day begins, and the next one, in that time zone: seconds since 1970."""
    midnight = datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


def date(at: float, zone: tzinfo) -> str:
    """That day as people write it: 2026-11-03."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d}"


def minute(at: float, zone: tzinfo) -> str:
    """That minute: 2026-11-03 20:15."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"
