"""Tests that are run by several processes: each once, and what becomes of it is told as ever."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.dealing import Deal

TESTS = """
import os, signal
import pytest

@pytest.mark.parametrize("number", range(60))
def test_one(number, tmp_path):
    (tmp_path / "own").touch(exist_ok=False)
    assert number != 7, "the seventh fails"
    if number == 11:
        os.kill(os.getpid(), signal.SIGKILL)

def test_another():
    pytest.skip("not today")
"""


def test_what_becomes_of_each_is_told_also_where_its_process_ends(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest"]
    command += ["-p", "no:cacheprovider", "--at-once", "3", "-rA", "--basetemp"]
    ended = subprocess.run(
        [*command, tmp_path / "files", tmp_path], cwd=ROOT, capture_output=True, text=True
    )
    told = re.findall(
        r"^(?:PASSED|FAILED|SKIPPED).*(?:::|: )(test_one.*|not today)$", ended.stdout, re.M
    )
    assert ended.returncode == 1
    assert sorted(told) == sorted(
        [f"test_one[{number}]" for number in range(60) if number not in (7, 11)]
        + ["test_one[7] - AssertionError: the seventh fails"]
        + ["test_one[11] - the process of this test ended with -9", "not today"]
    ), ended.stdout + ended.stderr


@pytest.mark.parametrize("processes", [1, 3, 10])
def test_each_is_handed_out_once_however_fast_the_others_are(processes: int) -> None:
    files = ["fsm/test_a.py"] * 70 + ["phone/test_page.py"] * 9 + ["end_to_end/test_chaos.py"] * 2
    items: list[Any] = [SimpleNamespace(path=Path("tests") / file) for file in files]
    deal = Deal(items, processes)
    handed = [one for _ in range(20) for one in deal.more(0)]
    for process in range(processes):
        while tests := deal.more(process):
            handed += tests
    assert sorted(handed) == list(range(len(files)))


def test_those_that_share_much_are_handed_to_one() -> None:
    items: list[Any] = [SimpleNamespace(path=Path("tests/end_to_end/test_chaos.py"))] * 9
    assert Deal(items, 2).more(0) == list(range(9))
