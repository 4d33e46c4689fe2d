"""What is checked: one server's settings, and the way to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from settings.schema import Settings
from store.database import Database


@dataclass(frozen=True)
class Subject:
    """`url` is the public one, "" where none is given; `open_store` raises `StoreError`."""

    settings: Settings
    config: Path
    url: str
    open_store: Callable[[], Database]
