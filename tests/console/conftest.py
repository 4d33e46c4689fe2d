"""Stories, servers, and the command line that looks into them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.inspect import main
from tests.console.changing import Operator
from tests.console.story import Story
from tests.console.terminal import Ran
from tests.running import Running, running
from tests.speaking import Speaking, running_with_speech


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path / "huixin.db")
    yield told
    told.db.close()


@pytest.fixture
def today(story: Story) -> Story:
    """A story told now, for commands that look at the clock themselves."""
    story.now = time.time()
    return story


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """Run a command line in this process: exit code, standard output and error."""

    def run(*words: str) -> Ran:
        try:
            code = main(["--db", str(tmp_path / "huixin.db"), *words])
        except SystemExit as exit:
            code = int(str(exit.code))
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Run a command line: exit code, standard output and error."""

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main(["--db", str(tmp_path / "huixin.db"), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def app(tmp_path: Path, brisk: None) -> Iterator[Running]:
    with running(tmp_path) as app:
        yield app


@pytest.fixture
def speaking(tmp_path: Path, brisk: None) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app
