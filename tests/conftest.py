"""Tests run as production does: patched before anything else is imported."""

from gevent import monkey

monkey.patch_all()

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"


class Clock:
    """A time that only moves when it is told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    database = Database(tmp_path / "huixin.db", migrations=MIGRATIONS, clock=clock)
    yield database
    database.close()
