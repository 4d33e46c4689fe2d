"""Dependencies point one way, ours and those on libraries: the table is what the design says."""

import ast
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Which rooms a room may import from, beside itself.
MAY_IMPORT = {
    "server": {"console", "service", "fsm", "store", "integrations", "settings", "sandbox"},
    "console": {"fsm", "store", "settings"},
    "service": {"fsm", "store", "integrations", "settings"},
    "fsm": {"store", "integrations", "settings"},
    "store": {"settings"},
    "integrations": {"settings"},
    "settings": set[str](),
    "sandbox": set[str](),
}
# Thin entries: `python -m store.inspect`, `python -m store.backup`.
ENTRIES = {"store/inspect.py": {"console"}, "store/backup.py": {"console"}}

# Who uses an outside library; what is in no list here is used by nobody.
LIBRARIES = {
    "gevent": {"server", "service", "fsm", "store", "integrations", "settings", "sandbox"},
    "bottle": {"service", "sandbox"},
    "requests": {"integrations"},
    "urllib3": {"integrations"},
    "sseclient": {"integrations/model"},
    "azure": {"integrations/speech"},
    "av": {"integrations/speech"},
    "cryptography": {"integrations/wechat", "sandbox"},
    "defusedxml": {"sandbox"},
    "yaml": {"settings", "sandbox"},
    "pydantic": {"settings"},
    "pydantic_core": {"settings"},
    "markdown_it": {"fsm/text"},
    "regex": {"fsm/text"},
    "rich": {"console"},
    "websockets": {"sandbox"},
    "sqlite3": {"store/sqlite"},
}
OURS = MAY_IMPORT.keys() | {"bench", "tests"}


def sources() -> list[Path]:
    packages = [p for name in MAY_IMPORT for p in sorted((ROOT / name).rglob("*.py"))]
    return [ROOT / "server.py", *packages]


def imported(source: Path) -> set[str]:
    """The modules that a file imports, wherever in it the import stands, with dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "") if not node.level else "relative import")
    return found


def first(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def each_source() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("source", sources(), ids=lambda p: str(p.relative_to(ROOT)))


@each_source()
def test_a_file_imports_only_what_lies_below_it(source: Path) -> None:
    place = source.relative_to(ROOT)
    room = place.parts[0].removesuffix(".py")
    allowed = ENTRIES.get(str(place), MAY_IMPORT[room]) | {room}
    assert first(imported(source)) & (OURS | {"relative import"}) <= allowed


@each_source()
def test_a_service_knows_no_other_service(source: Path) -> None:
    place = source.relative_to(ROOT).parts
    if place[0] != "integrations" or len(place) < 3:
        return
    others = {m for m in imported(source) if m.startswith("integrations.")}
    assert all(m.split(".")[1] == place[1] for m in others)


@each_source()
def test_only_the_opener_knows_which_engine_the_store_has(source: Path) -> None:
    place = source.relative_to(ROOT).as_posix()
    if place != "store/opening.py" and not place.startswith("store/sqlite/"):
        assert not {module for module in imported(source) if module.startswith("store.sqlite")}


@each_source()
def test_an_outside_library_is_used_where_it_belongs(source: Path) -> None:
    place = source.relative_to(ROOT).as_posix()
    outside = first(imported(source)) - OURS - (sys.stdlib_module_names - {"sqlite3"})
    strays = {
        library
        for library in outside
        if not any(
            place == f"{home}.py" or place.startswith(f"{home}/")
            for home in LIBRARIES.get(library, set())
        )
    }
    assert not strays
