"""The sources of the program as Python reads them, each once in a process.

Whoever looks for a word looks for it in the text first: to parse all files takes most of a second.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # where statements stand in others


@cache
def text(source: Path) -> str:
    return source.read_text(encoding="utf-8")


@cache
def parsed(source: Path) -> ast.Module:
    """Whoever walks through it changes nothing in it."""
    return ast.parse(text(source))


def parsed_if(source: Path, *words: str) -> Iterator[ast.Module]:
    """The file, where one of these words stands in it."""
    if any(word in text(source) for word in words):
        yield parsed(source)


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Each, and those within it, without what they are made of."""
    found: list[ast.AST] = [tree]
    while found:
        yield (node := found.pop())
        for block in BLOCKS:
            found += getattr(node, block, ())
