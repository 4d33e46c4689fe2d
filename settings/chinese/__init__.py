"""The Chinese of what the program says, a file for each part of it, by the English."""

from importlib import import_module
from pkgutil import iter_modules

from settings.chinese.failures import KINDS

PARTS = [import_module(f"{__name__}.{part.name}") for part in iter_modules(__path__)]

CHINESE: dict[str, str] = {
    english: chinese for part in PARTS for english, chinese in part.CHINESE.items()
} | KINDS
