"""`make setup` as an operator runs it: an upgrade that fails leaves what ran before."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

UNREACHABLE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}  # which pip tries again, and waits
NOWHERE = {"PIP_NO_INDEX": "1"}
WHEEL = "one-1-py3-none-any.whl"
SCRIPT = "[console_scripts]\none = one:main\n"

WITHOUT_PIP = """#!/bin/sh
[ "$2" != venv ] || set -- "$@" --without-pip
exec "{python}" "$@"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with what runs it, from an earlier time."""
    clone = tmp_path / "a clone"
    clone.mkdir()
    shutil.copy(ROOT / "Makefile", clone)
    shutil.copy(ROOT / "requirements.lock", clone)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    (clone / ".venv/before").touch()
    return clone


@pytest.fixture
def borrowing(tmp_path: Path) -> dict[str, str]:
    """The environment in which pip is that of the tests: to install one takes two seconds."""
    interpreter, found = tmp_path / "python", importlib.util.find_spec("pip")
    interpreter.write_text(WITHOUT_PIP.format(python=sys.executable), encoding="utf-8")
    interpreter.chmod(0o700)
    assert found and found.origin
    (tmp_path / "borrowed").mkdir()
    (tmp_path / "borrowed/pip").symlink_to(Path(found.origin).parent)
    return {"PYTHON": str(interpreter), "PYTHONPATH": str(tmp_path / "borrowed")}


def setup(clone: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """`make setup`, with nothing of this machine's own settings of pip."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        ["make", "setup"],
        cwd=clone,
        env=kept | {"PIP_CONFIG_FILE": os.devnull, "PYTHON": sys.executable} | environ,
        capture_output=True,
        text=True,
        timeout=300,
    )


def installable(clone: Path) -> dict[str, str]:
    """The environment in which pip finds all that the clone is locked to: one small package."""
    folder = clone.parent / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("one.py", "def main() -> None:\n    print('one runs')\n")
        wheel.writestr("one-1.data/scripts/of_one.py", "#!python\n")  # bin/__pycache__, as bottle's
        wheel.writestr("one-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: one\nVersion: 1\n")
        head = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr("one-1.dist-info/WHEEL", head)
        wheel.writestr("one-1.dist-info/entry_points.txt", SCRIPT)
        names = ("one.py", *(f"one-1.dist-info/{name}" for name in ("METADATA", "WHEEL")))
        wheel.writestr("one-1.dist-info/RECORD", "".join(f"{name},,\n" for name in names))
    sealed = hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest()
    (clone / "requirements.lock").write_text(f"one==1 --hash=sha256:{sealed}\n")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def runs(python: Path) -> bool:
    return subprocess.run([python, "-c", ""]).returncode == 0


def test_where_nothing_can_be_fetched_what_was_there_runs_on(
    clone: Path, borrowing: dict[str, str]
) -> None:
    for fetching in (UNREACHABLE, NOWHERE):
        failed = setup(clone, **fetching, **borrowing)
        assert failed.returncode
        assert (clone / ".venv/before").exists() and runs(clone / ".venv/bin/python")
    assert "原来的 .venv 没有动" in failed.stdout
    log = failed.stdout.partition("全部输出见 ")[2].partition("）")[0]
    assert "No matching distribution" in (clone / log).read_text()


def test_what_is_installed_takes_its_place_as_a_whole(
    clone: Path, borrowing: dict[str, str]
) -> None:
    done = setup(clone, **installable(clone), **borrowing)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (clone / ".venv/before").exists()
    ran = subprocess.run([clone / ".venv/bin/one"], capture_output=True, text=True, check=True)
    assert ran.stdout == "one runs\n"
    scripts = [path for path in (clone / ".venv/bin").glob("[aA]ctivate*") if path.is_file()]
    assert scripts and not [one for one in scripts if ".venv.new" in one.read_text()]
    assert {path.name for path in clone.glob(".venv*")} <= {".venv", ".venv.log"}
    assert setup(clone, **UNREACHABLE).returncode == 0, "nothing is left to be done"


def test_a_linked_environment_keeps_what_it_leads_to(
    clone: Path, borrowing: dict[str, str]
) -> None:
    elsewhere = clone.parent / "elsewhere"
    (clone / ".venv").rename(elsewhere)
    (clone / ".venv").symlink_to(elsewhere)
    assert setup(clone, **installable(clone), **borrowing).returncode == 0
    assert (elsewhere / "before").exists() and runs(elsewhere / "bin/python")
    assert not (clone / ".venv/before").exists()


def test_one_that_was_cut_off_between_two_steps_is_there_again(
    clone: Path, borrowing: dict[str, str]
) -> None:
    (clone / ".venv").rename(clone / ".venv.old")
    assert setup(clone, **NOWHERE, **borrowing).returncode
    assert (clone / ".venv/before").exists() and runs(clone / ".venv/bin/python")
