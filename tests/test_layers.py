"""Dependencies point one way: server -> fsm -> store, integrations; the sandbox knows nobody."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"server", "fsm", "store", "integrations", "sandbox", "console", "bench", "tests"}

MAY_IMPORT = {
    "server": {"fsm", "store", "integrations", "sandbox"},
    "fsm": {"fsm", "store", "integrations"},
    "store": {"store"},
    "integrations": {"integrations"},
    "sandbox": {"sandbox"},
    "console": {"console", "store"},
}
# Entries of their own, which wire for themselves: `python -m store.inspect`, what it changes, ...
ENTRIES = {
    "store/backup.py": {"store", "integrations"},
    "store/inspect.py": {"store", "integrations"},
    "store/inspect_doors.py": {"store", "integrations", "fsm"},
}


def imported(source: Path) -> set[str]:
    """The packages of ours that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0] if not node.level else "relative import")
    return found & (OURS | {"relative import"})


def sources() -> list[Path]:
    packages = [p for name in MAY_IMPORT for p in sorted((ROOT / name).rglob("*.py"))]
    return [ROOT / "server.py", *packages]


@pytest.mark.parametrize("source", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_what_lies_below_it(source: Path) -> None:
    place = source.relative_to(ROOT)
    layer = place.parts[0].removesuffix(".py")
    allowed = ENTRIES.get(str(place), MAY_IMPORT[layer])
    assert imported(source) <= allowed


def test_an_outside_library_is_used_by_the_layer_it_belongs_to() -> None:
    homes = {"requests": "integrations", "sseclient": "integrations", "av": "integrations"}
    strays = [
        (str(source.relative_to(ROOT)), library)
        for source in sources()
        for library in libraries(source) & homes.keys()
        if source.relative_to(ROOT).parts[0] not in (homes[library], "sandbox")
    ]
    assert not strays


def test_only_the_store_opens_a_database() -> None:
    """Others name the type of a connection that they are handed, and nothing else of sqlite3."""
    strays = [
        str(source.relative_to(ROOT))
        for source in sources()
        if source.relative_to(ROOT).parts[0] != "store"
        and any(
            (isinstance(node, ast.Import) and any(name.name == "sqlite3" for name in node.names))
            or (
                isinstance(node, ast.ImportFrom)
                and node.module == "sqlite3"
                and {name.name for name in node.names} != {"Connection"}
            )
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        )
    ]
    assert not strays


def libraries(source: Path) -> set[str]:
    """What is imported that is not ours."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found
