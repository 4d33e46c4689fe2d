"""An operator's settings file, written by the program: only the keys that differ, for nobody else.

What the operator wrote there stays, but for comments; the file before is kept beside it.
"""

import errno
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from settings.file.text import Problem
from settings.loading import understood
from settings.schema import KEYS, Settings

Tree = dict[str, Any]
PRIVATE = 0o600


class SettingsFile:
    """The keys of a settings file as they are written there, `${NAME}` too."""

    def __init__(self, tree: Tree | None = None) -> None:
        self._tree: Tree = tree or {}

    @classmethod
    def read(cls, path: Path) -> "SettingsFile":
        """What stands in a file that is well. Raises `OSError`, `ValueError`."""
        try:
            tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise ValueError("not YAML") from error
        if not isinstance(tree, dict):
            raise ValueError("no settings")
        return cls(tree)

    def get(self, key: str) -> Any:
        """What is written for a dotted key; None where nothing is."""
        section, _, name = key.rpartition(".")
        place = self._tree.get(section) if section else self._tree
        return place.get(name) if isinstance(place, dict) else None

    def put(self, key: str, value: Any) -> None:
        """Write a value for a dotted key; None, or the key's default, takes it out."""
        section, _, name = key.rpartition(".")
        place = self._tree.setdefault(section, {}) if section else self._tree
        if value is None or value == DEFAULTS.get(key):
            place.pop(name, None)
            if section and not place:
                del self._tree[section]
        else:
            place[name] = value

    def force(self, key: str, value: Any) -> None:
        """Write a value as it is: null, or one that is the default."""
        section, _, name = key.rpartition(".")
        (self._tree.setdefault(section, {}) if section else self._tree)[name] = value

    def copy(self) -> "SettingsFile":
        """A file that says the same, to be changed by itself."""
        return SettingsFile(deepcopy(self._tree))

    def problems(self, environ: Mapping[str, str]) -> list[Problem]:
        """What the settings would say of it."""
        return understood(self.text, environ)[1]

    def settings(self, environ: Mapping[str, str]) -> Settings | None:
        """The settings that it makes, None where they are wrong."""
        settings, problems = understood(self.text, environ)
        return None if problems else settings

    @property
    def text(self) -> str:
        """The file, without what stands above it."""
        return yaml.safe_dump(self._tree, allow_unicode=True, sort_keys=False, width=1000)

    def write(self, path: Path, head: str) -> None:
        """Write all of it or nothing, below the comment `head`. Raises `OSError`.

        The file before is kept under `.old`.
        """
        if path.exists():
            write_private(path.with_name(f"{path.name}.old"), path.read_text(encoding="utf-8"))
        write_private(path, head + self.text)


def check_writable(path: Path) -> None:
    """Raises the `OSError` that writing the file would end with, as far as its folder shows it."""
    folder = path.absolute().parent
    folder.stat()
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner alone, all of it or nothing. Raises `OSError`."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _defaults() -> dict[str, Any]:
    """The default of each dotted key that has one, as a file would have it."""
    settings = Settings.model_validate({"wechat": {"token": "none"}})
    return {key: _default(settings, key) for key in KEYS if key not in ("mode", "wechat.token")}


def _default(settings: Any, key: str) -> Any:
    for name in key.split("."):
        settings = getattr(settings, name)
    return list(settings) if isinstance(settings, tuple) else settings


DEFAULTS = _defaults()
