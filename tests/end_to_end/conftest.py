"""What many of these tests have in common."""

from collections.abc import Iterator

import pytest

from fsm.window import Window
from sandbox.model import ModelStandIn
from tests.running import WINDOW


@pytest.fixture
def window() -> Window:
    """The times that WeChat has, where a test does not say otherwise: see `tried_once`."""
    return WINDOW


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
