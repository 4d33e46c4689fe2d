"""Set-up in this process, with a model's stand-in to call."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.model import ModelStandIn
from service.setup.__main__ import main

SetUp = Callable[..., int]


@pytest.fixture
def model() -> Iterator[ModelStandIn]:
    stand_in = ModelStandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def set_up(model: ModelStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Run the command line in a folder of its own, with what every script gives. The exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*more: str, **given: str) -> int:
        usual = {"service": "other", "base-url": model.url, "key": "sk-one", "model": "m"}
        usual |= {"domain": "wechat.example.com"}
        options = usual | {name.replace("_", "-"): value for name, value in given.items()}
        words = [f"--{name}={value}" for name, value in options.items() if value is not None]
        return main(["--yes", "--no-start", "--lang=en", *words, *more])

    return run
