"""The day that limits count by begins where the account is, not where the machine is."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fsm.days import day_of


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "America/New_York", "Europe/Berlin"])
@pytest.mark.parametrize("day", ["2026-01-31", "2026-03-08", "2026-03-29", "2026-10-25"])
def test_a_day_lasts_from_midnight_to_midnight(name: str, day: str) -> None:
    zone = ZoneInfo(name)
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
    begins, ends = day_of(noon.timestamp(), zone)
    assert datetime.fromtimestamp(begins, zone).isoformat()[:16] == f"{day}T00:00"
    assert datetime.fromtimestamp(ends, zone).isoformat()[11:16] == "00:00"
    assert day_of(begins, zone) == (begins, ends)
    assert day_of(ends, zone)[0] == ends
    assert 23 * 3600 <= ends - begins <= 25 * 3600
