"""What comments cite of a protocol, by its number, stands in the sheet of it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.parsed import parsed, statements, text

SHEETS = {"protocol": "docs/wechat-protocol.md", "speech": "docs/speech-protocol.md"}
CITED = r"\d{1,2}(?:\.\d{1,2})?"
NUMBERS = rf"({CITED}(?:(?:, |-){CITED})*)"
BY_NAME = re.compile(rf"\b(protocol|speech) sheet {NUMBERS}")
IN_BRACKETS = re.compile(r"\((\d\.\d{1,2}(?:(?:, |-)\d\.\d{1,2})*)\)")
# What each of these looks like in a text, which may be broken at any space.
LIKE_IT = re.compile(r"sheet\s+\d|\(\d\.\d{1,2}[-,)]")


def numbered(sheet: str) -> set[str]:
    """The sections and the paragraphs of a sheet."""
    page = (ROOT / SHEETS[sheet]).read_text(encoding="utf-8")
    return {
        *re.findall(r"^## (\d+)\. ", page, re.M),
        *re.findall(r"^\*\*(\d+\.\d+)\*\* ", page, re.M),
    }


def spread(numbers: str) -> Iterator[str]:
    """Each of `1.8-1.11, 4.4`."""
    for part in numbers.split(", "):
        first, _, last = part.partition("-")
        section, _, begin = first.rpartition(".")
        for number in range(int(begin), int((last or first).rpartition(".")[2]) + 1):
            yield f"{section}.{number}" if section else str(number)


@cache
def comments(source: Path) -> str:
    """What a file says to its readers, in one line."""
    if source.suffix == ".sql":
        return " ".join(re.findall(r"--(.*)", text(source)))
    said = re.findall(r"#.*", text(source))
    for node in statements(parsed(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            said.append(ast.get_docstring(node) or "")
    return " ".join(" ".join(said).split())


@cache
def cited() -> list[tuple[str, str, str]]:
    """Each place with the sheet and a number; a bare one is of the sheet that its file names."""
    files = ["git", "ls-files", "*.py", "*.sql"]
    tracked = subprocess.run(files, cwd=ROOT, capture_output=True, text=True, check=True)
    return [
        (place, sheet, number)
        for place in tracked.stdout.split()
        if LIKE_IT.search(text(ROOT / place))
        for sheet, numbers in cites(comments(ROOT / place))
        for number in spread(numbers)
    ]


def cites(said: str) -> list[tuple[str, str]]:
    bare = [("protocol", numbers) for numbers in IN_BRACKETS.findall(said)]
    return [*BY_NAME.findall(said), *bare]


@pytest.mark.parametrize("sheet", SHEETS)
def test_each_number_that_is_cited_stands_in_its_sheet(sheet: str) -> None:
    known = numbered(sheet)
    asked = [(place, number) for place, whose, number in cited() if whose == sheet]
    assert len(asked) > 5
    assert [(place, number) for place, number in asked if number not in known] == []


def test_a_file_that_cites_by_a_bare_number_names_the_sheet() -> None:
    citing = {place for place, sheet, _ in cited() if sheet == "protocol"}
    assert {place for place in citing if "protocol sheet" not in comments(ROOT / place)} == set()
