"""What the README tells a newcomer to do can be done, and what it names is there."""

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_the_readme_begins_with_how_to_run_and_test() -> None:
    assert README.index("make run") < README.index("make test") < README.index("## Go live")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|\n)make ([a-z]+)", README))))
def test_each_make_command_exists(target: str) -> None:
    assert target in TARGETS


MODULES = re.findall(r"python (?:-m )?((?:sandbox|store|server)[.\w]*)", README)


@pytest.mark.parametrize("module", sorted(set(MODULES)))
def test_each_command_explains_itself(module: str) -> None:
    command = [module] if module.endswith(".py") else ["-m", module]
    shown = subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert shown.returncode == 0
    assert "usage:" in shown.stdout


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", README))))
def test_each_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_each_folder_is_in_the_table() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    for folder in folders - {".ci", "docs", "deploy"}:
        assert f"`{folder}/`" in README


@pytest.mark.parametrize(
    "own", ["my.yml", "live.yml", "live-2.yml", "huixin.db", "backups/monday.db"]
)
def test_what_is_the_operators_own_is_not_put_into_git(own: str) -> None:
    for file in (own, f"{own}-wal") if own.endswith(".db") else (own,):
        assert subprocess.run(["git", "check-ignore", "-q", file], cwd=ROOT).returncode == 0
    tracked = subprocess.run(["git", "check-ignore", "-q", "config.yml"], cwd=ROOT)
    assert tracked.returncode == 1
