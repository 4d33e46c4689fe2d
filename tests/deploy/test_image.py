"""The image of `deploy/Dockerfile`, without an engine for containers: what it copies is a server.

What it starts, and what asks for its health, run as they stand there, in a folder with nothing but
what it copies.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.processes import free_port, running
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text(encoding="utf-8"))
SERVICE = COMPOSE["services"]["huixin"]
PROGRAM, CONFIG, PORT = "/opt/huixin", "/etc/huixin/my.yml", "8080"


def words(instruction: str) -> list[str]:
    """Those of an instruction that is written as a list."""
    [found] = re.findall(rf"{instruction} (\[.+\])$", DOCKERFILE, re.M)
    return [str(word) for word in json.loads(found)]


def copied() -> list[str]:
    """What is taken from this folder into the image that runs."""
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    lines = [line.split()[1:-1] for line in last.splitlines() if line.startswith("COPY ")]
    return [name for line in lines if not line[0].startswith("--from") for name in line]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with the program as the image has it."""
    program = tmp_path / "program"
    program.mkdir()
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, program / name)  # as compiled: each test would do so anew
        else:
            shutil.copy(source, program)
    return program


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "my.yml"
    settings = {
        "store": {"path": str(tmp_path / "huixin.db")},
        "wechat": {"token": "token"},
        "openai": {"api_keys": ["sk-image"], "base_url": "http://127.0.0.1:9/v1"},
    }
    path.write_text(yaml.safe_dump(settings))
    return path


def test_what_it_starts_serves_and_what_asks_for_its_health_sees_that(
    tmp_path: Path, image: Path, config: Path
) -> None:
    port = free_port()

    def here(command: list[str]) -> list[str]:
        places = {PROGRAM: str(image), CONFIG: str(config), "0.0.0.0": "127.0.0.1"}
        for place, instead in (places | {PORT: str(port)}).items():
            command = [word.replace(place, instead) for word in command]
        assert command.pop(0) == "python"
        return command

    def healthy() -> bool:
        asking = [sys.executable, *here(words("HEALTHCHECK.* CMD"))]
        through_a_proxy = {**os.environ, "http_proxy": "http://127.0.0.1:9"}
        asked = subprocess.run(asking, env=through_a_proxy, capture_output=True, timeout=30)
        return asked.returncode == 0

    serving = here(words("ENTRYPOINT") + words("\nCMD"))
    with running("the image", port, *serving, log=tmp_path / "log"):
        assert healthy()
    assert not healthy()
    assert (tmp_path / "huixin.db").exists()


@pytest.mark.parametrize("tool", ["store.inspect", "store.backup", "store.check"])
def test_an_operators_tools_are_in_it(image: Path, tool: str) -> None:
    command = [sys.executable, "-m", tool, "--help"]
    subprocess.run(command, cwd=image, check=True, capture_output=True, timeout=60)


def test_nothing_is_sent_to_the_builder_that_is_not_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == {*copied(), "requirements.lock"}


def test_hadolint_finds_nothing_in_its_file() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run(
        [hadolint, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_it_is_nobody_and_installs_what_is_locked() -> None:
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.M) == ["10001"]
    assert "--require-hashes" in DOCKERFILE


def test_compose_keeps_the_database_and_nothing_else_can_be_written() -> None:
    mounts: dict[str, Any] = dict(line.split(":", 1) for line in SERVICE["volumes"])
    assert mounts == {"data": "/var/lib/huixin", "./my.yml": f"{CONFIG}:ro"}
    assert "data" in COMPOSE["volumes"] and SERVICE["read_only"]
    assert SERVICE["ports"] == [f"127.0.0.1:{PORT}:{PORT}"], "the proxy's, and not the world's"
