"""Settings files as tests write them, and what is read from them."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from settings.file.text import SettingsError
from settings.loading import load
from settings.schema import Settings
from tests.conftest import ROOT

SECRETS = [
    "store.url",
    "wechat.token",
    "wechat.secret",
    "wechat.encoding_aes_key",
    "wechat.previous_aes_key",
    "openai.api_keys",
    "azure.subscription",
    "access.words",
    "moderation.service_key",
]
LIVE = """\
mode: live
wechat:
  token: "aToken1"
openai:
  api_keys: ["sk-one"]
"""

Write = Callable[[str | bytes], Path]
Read = Callable[..., Settings]
Problems = Callable[..., list[str]]


def shipped() -> str:
    """The settings file as git has it, staged changes too: in the folder it is the operator's."""
    shown = subprocess.run(["git", "show", ":config.yml"], cwd=ROOT, capture_output=True)
    text = (ROOT / "config.yml").read_bytes() if shown.returncode else shown.stdout
    return text.decode()


def nested(key: str, value: object) -> dict[str, Any]:
    """A file that gives one key beside what every file must have."""
    section, _, name = key.rpartition(".")
    file: dict[str, Any] = {"mode": "sandbox", "wechat": {"token": "a-token"}}
    place = file.setdefault(section, {}) if section else file
    place[name] = value
    return file


def looked_up(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    folder = tmp_path_factory.mktemp("settings")

    def _write(content: str | bytes) -> Path:
        path = folder / "config.yml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture(scope="module")
def read(write: Write) -> Read:
    def _read(content: str | bytes, **environ: str) -> Settings:
        return load(write(content), environ)

    return _read


@pytest.fixture(scope="module")
def problems(write: Write) -> Problems:
    """Every line of the error, without the file's name in front."""

    def _problems(content: str | bytes, **environ: str) -> list[str]:
        path = write(content)
        with pytest.raises(SettingsError) as refused:
            load(path, environ)
        lines = str(refused.value).splitlines()
        assert all(line.startswith(f"{path}:") for line in lines)
        return [line.removeprefix(f"{path}:") for line in lines]

    return _problems
