"""Dependencies point one way, ours and those on libraries: the table is what the design says."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.parsed import parsed, statements

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
    # These two not each other: what both need stands in the sandbox.
    "bench": {"server", "store", "settings", "sandbox"},
    "tests": set("server console service fsm store integrations settings sandbox".split()),
}
# Thin entries: `python -m store.inspect`, and so on; and the tests of the bench itself.
ENTRIES = {
    **{f"store/{entry}.py": {"console"} for entry in ("inspect", "backup", "check", "move")},
    **{f"tests/bench/test_{part}.py": {"bench", "settings"} for part in ("figures", "load")},
}

# Who uses an outside library; what is in no list here is used by nobody.
LIBRARIES = {
    "gevent": {"server", "service", "fsm", "store", "integrations", "settings", "sandbox"},
    "bottle": {"service", "sandbox"},
    "prometheus_client": {"service"},
    "requests": {"integrations"},
    "urllib3": {"integrations"},
    "sseclient": {"integrations/model"},
    "azure": {"integrations/speech"},
    "av": {"integrations/speech"},
    "cryptography": {"integrations/wechat", "sandbox"},
    "defusedxml": {"sandbox"},
    "yaml": {"settings", "sandbox"},
    "pydantic": {"settings"},
    "re2": {"settings"},
    "pydantic_core": {"settings"},
    "markdown_it": {"fsm/text"},
    "rich": {"console", "service/setup"},
    "websockets": {"sandbox"},
    "sqlite3": {"store/sqlite"},
    "psycopg": {"store/postgresql"},
}
# What lies lower within a room knows nothing of what lies above it there.
LOWER = {
    "service/http": ("service.webhook", "service.pushes", "service.addresses", "service.wiring"),
    "settings/file": ("settings.sections", "settings.schema", "settings.loading"),
    "settings/sections": ("settings.schema", "settings.loading", "settings.accounts"),
    "integrations/model/body": ("integrations.model.content", "integrations.model.refusals"),
    "integrations/model/content": ("integrations.model.answer", "integrations.model.refusals"),
    "integrations/model/refusals": ("integrations.model.answer", "integrations.model.chat_model"),
    "integrations/model/answer": ("integrations.model.chat_model",),
    "console/words": ("console.views", "console.pages"),
    "console/views": ("console.pages", "console.output", "console.target"),
    "console/pages": ("console.commands", "console.operator_changes", "console.terminal"),
}
OURS = MAY_IMPORT.keys()
ROOMS = sorted(MAY_IMPORT)
OUR_OWN = sorted(MAY_IMPORT.keys() - {"bench", "tests"})  # these two may look at every library


def sources(room: str) -> list[Path]:
    return [ROOT / "server.py"] if room == "server" else sorted((ROOT / room).rglob("*.py"))


def named(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


@cache
def imported(source: Path) -> set[str]:
    """The modules that a file imports, wherever in it the import stands, with dots."""
    found: set[str] = set()
    for node in statements(parsed(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "") if not node.level else "relative import")
    return found


def first(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_imports_only_what_lies_below_it(room: str) -> None:
    for source in sources(room):
        allowed = ENTRIES.get(named(source), MAY_IMPORT[room]) | {room}
        assert first(imported(source)) & (OURS | {"relative import"}) <= allowed, named(source)


@pytest.mark.parametrize("lower", LOWER)
def test_a_folder_imports_only_what_lies_below_it_in_its_room(lower: str) -> None:
    for source in sources(lower):
        above = {m for m in imported(source) if m.startswith(LOWER[lower])}
        assert not above, named(source)


def test_no_file_is_imported_by_what_it_imports() -> None:
    files = {module_of(source): source for room in OUR_OWN for source in sources(room)}
    TopologicalSorter(
        {name: (named_in(source) & files.keys()) - {name} for name, source in files.items()}
    ).prepare()


def module_of(source: Path) -> str:
    return named(source).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def named_in(source: Path) -> set[str]:
    """What a file imports, and each name that it takes from there, which may be a module too."""
    taken = {
        f"{node.module}.{name.name}"
        for node in statements(parsed(source))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    return taken | imported(source)


def test_what_is_done_with_texts_needs_nothing_of_the_machine() -> None:
    for source in sources("fsm/text"):
        own = {m for m in imported(source) if m.startswith(("fsm", "store"))}
        assert all(m.startswith("fsm.text.") for m in own), named(source)


def test_a_service_knows_no_other_service() -> None:
    for source in sources("integrations"):
        place = source.relative_to(ROOT).parts
        others = {m.split(".")[1] for m in imported(source) if m.startswith("integrations.")}
        assert len(place) < 3 or others <= {place[1]}, named(source)


def test_what_an_operator_sees_is_read_from_the_database_in_the_views_alone() -> None:
    sql = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE) ")
    asking = {source.parent.name for source in sources("console") if sql.search(source.read_text())}
    assert asking == {"views"}


@pytest.mark.parametrize("room", OUR_OWN)
def test_only_the_opener_knows_which_engine_the_store_has(room: str) -> None:
    engines = {source.parent.name for source in (ROOT / "store").glob("*/*.py")}
    for source in sources(room):
        place = named(source)
        for engine in engines:
            if place != "store/opening.py" and not place.startswith(f"store/{engine}/"):
                assert not {m for m in imported(source) if m.startswith(f"store.{engine}")}, place


@pytest.mark.parametrize("room", OUR_OWN)
def test_an_outside_library_is_used_where_it_belongs(room: str) -> None:
    for source in sources(room):
        outside = first(imported(source)) - OURS - (sys.stdlib_module_names - {"sqlite3"})
        homes = {library: LIBRARIES.get(library, set()) for library in outside}
        place = named(source)
        strays = {
            library
            for library, rooms in homes.items()
            if not any(place == f"{home}.py" or place.startswith(f"{home}/") for home in rooms)
        }
        assert not strays, place


def test_a_server_loads_nothing_for_voices_stand_ins_and_screens_before_it_needs_them() -> None:
    loaded = "import server, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, check=True)
    unwanted = {"av", "azure", "websockets", "sandbox", "console", "rich"}
    assert not unwanted & set(ran.stdout.decode().split())
