"""The sources of the program as Python reads them, each once in a process."""

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(source: Path) -> ast.Module:
    """Whoever walks through it changes nothing in it."""
    return ast.parse(source.read_text(encoding="utf-8"))
