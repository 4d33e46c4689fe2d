"""The unit of `deploy/`: systemd finds nothing wrong with it, and it goes by the exit codes."""

import re
import sys
from pathlib import Path

import pytest

from server import DATABASE_GONE
from settings.schema import Server
from tests.conftest import ROOT
from tests.deploy.systemd import analyzed

UNIT = (ROOT / "deploy" / "huixin.service").read_text(encoding="utf-8")
MOST_EXPOSED = "20"  # tenths, as `systemd-analyze security` counts them; a bare unit has 96


def value(key: str) -> str:
    """The only value that a key of the unit has."""
    [found] = re.findall(rf"^{key}=(.+)$", UNIT, re.M)
    return str(found)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The same, with this folder in the place of /opt/huixin, and the Python that runs here."""
    path = tmp_path / "huixin.service"
    text = UNIT.replace("/opt/huixin/.venv/bin/python", sys.executable)
    path.write_text(text.replace("/opt/huixin", str(ROOT)), encoding="utf-8")
    return path


def test_systemd_understands_every_line(unit: Path) -> None:
    found = analyzed("verify", "--man=no", str(unit))
    about_it = [line for line in found.stderr.splitlines() if unit.name in line]
    assert (found.returncode, about_it) == (0, [])


def test_a_misspelt_line_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text() + "\n[Service]\nProtectSytem=strict\n")
    assert "ProtectSytem" in analyzed("verify", "--man=no", str(unit)).stderr


def test_it_may_do_little_more_than_it_needs(unit: Path) -> None:
    found = analyzed("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit))
    assert found.returncode == 0, found.stdout


def test_what_only_a_person_can_mend_is_not_tried_again() -> None:
    wrong_settings = 2
    codes = {int(code) for code in value("RestartPreventExitStatus").split()}
    assert codes == {wrong_settings, DATABASE_GONE}
    assert value("Restart") == "on-failure"


def test_it_is_started_again_however_long_its_database_is_away() -> None:
    assert value("StartLimitIntervalSec") == "0"


def test_systemd_waits_longer_than_the_server_takes_to_stop() -> None:
    longest = Server().stop_seconds + 5  # and its workers, see `service.supervisor`
    assert float(value("TimeoutStopSec").removesuffix("s")) > longest
