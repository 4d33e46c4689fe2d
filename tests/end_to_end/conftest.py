"""Models that tests of a chain have in common."""

from collections.abc import Iterator

import pytest

from sandbox.model import ModelStandIn


@pytest.fixture
def one() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.start()
    yield model
    model.stop()


@pytest.fixture
def other() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.always(text="另一个来答。")
    model.start()
    yield model
    model.stop()
