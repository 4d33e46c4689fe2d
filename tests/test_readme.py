"""What the READMEs and docs tell people to do can be done, and what they name is there."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from fsm.reasons import ADVICE
from service.setup.providers import SERVICES, Provider
from settings.file.text import SettingsError
from settings.loading import load
from settings.schema import KEYS, SECTIONS
from store.messages import State
from tests.conftest import ROOT
from tests.forking import ran
from tests.parsed import parsed_if

PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = {"README.md": ("## 试一试", "## 上线"), "README.en.md": ("## Try it", "## Go live")}
TARGETS = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
ROOMS = "sandbox|service|store|server|settings|bench"
COMMAND = re.compile(rf"python (?:-m )?((?:{ROOMS})[.\w]*)([^`#\n]*)")
GENERATED = "configuration.md"  # another test's


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", PAGES, ids=named)


@pytest.mark.parametrize("readme", READMES)
def test_a_readme_begins_with_how_to_run_and_stays_short(readme: str) -> None:
    words = text(ROOT / readme)
    try_it, go_live = READMES[readme]
    assert words.index(try_it) < words.index("make run") < words.index(go_live)
    assert "make test" in words
    assert words.count("\n") <= 120


@each_page
def test_each_make_command_exists(page: Path) -> None:
    assert set(re.findall(r"(?:`|\n)make ([a-z]+)", text(page))) <= set(TARGETS)


@cache
def help_of(*words: str) -> str:
    """What a command says of itself, and each of its own commands that is asked for."""
    command = [*words] if words[0].endswith(".py") else ["-m", *words]
    shown = ran(*command, "--help", kind="server")
    assert shown.returncode == 0
    assert "usage:" in shown.stdout
    return shown.stdout


@each_page
def test_each_command_that_is_shown_is_understood(page: Path) -> None:
    for module, rest in COMMAND.findall(text(page)):
        known = help_of(module)
        for own in re.findall(r" (list|show|follower|stats|retry|fail|erase)\b", rest):
            known += help_of(module, own)
        assert set(re.findall(r" (--[a-z-]+)", rest)) <= set(re.findall(r"--[a-z-]+", known)), rest


@each_page
def test_each_file_that_is_named_exists(page: Path) -> None:
    for path in re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", text(page)):
        assert (ROOT / path).exists() or (page.parent / path).exists(), path


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@each_page
def test_each_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@each_page
def test_each_setting_that_is_named_is_one(page: Path) -> None:
    sections = "|".join(sorted(SECTIONS))
    keys = re.findall(rf"`({sections})\.(?!py\b)(\w+)\b[^`]*`", text(page))
    modules = {named(path).removesuffix(".py").replace("/", ".") for path in ROOT.glob("*/*.py")}
    assert {f"{section}.{key}" for section, key in keys} <= KEYS.keys() | modules


def test_each_folder_is_in_the_tables() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    for page in (ROOT / "docs/how-it-works.md", ROOT / "docs/en/how-it-works.md"):
        for folder in folders - {".ci", "docs", "deploy"}:
            assert f"`{folder}/`" in text(page)
        assert all(state in text(page) for state in State)


def test_every_reason_for_a_failure_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", text(ROOT / "docs/operating.md"), re.M)
    assert ADVICE.keys() - set(explained) == {"ModelError", "WeChatError"}, "add rows to the table"


def announced(source: Path) -> set[str]:
    """The events that a file announces: what is said first, in one word or in one of several."""
    trees = parsed_if(source, "announce(")
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        str(word.value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "announce"
        for word in ast.walk(call.args[0])
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    }


def test_every_event_of_the_log_is_explained_and_no_other() -> None:
    rooms = ("console", "fsm", "integrations", "service", "settings", "store")
    sources = [
        ROOT / "server.py",
        *(path for room in rooms for path in (ROOT / room).rglob("*.py")),
    ]
    events = {"log_dropped"}.union(*map(announced, sources))  # the log tells that one by itself
    page = text(ROOT / "docs/operating.md")
    tables = page[page.index("### 都有哪些事") : page.index("## 监控")]
    rows = re.findall(r"^\| (`.+?) \|", tables, re.M)
    explained = {event for row in rows for event in re.findall(r"`([a-z_]+)`", row)}
    assert (events - explained, explained - events) == (set(), set())


def examples() -> list[Any]:
    """Every piece of a settings file that a page shows."""
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PAGES
        if page.name != GENERATED
        for number, block in enumerate(re.findall(r"^```yaml\n(.+?)^```", text(page), re.M | re.S))
    ]


@pytest.mark.parametrize("example", examples())
def test_an_example_put_into_a_file_is_taken_by_a_live_server(example: str, tmp_path: Path) -> None:
    file = {"wechat": {"token": "a-token"}, "openai": {"api_keys": ["sk-one"]}}
    path = tmp_path / "my.yml"
    path.write_text(yaml.safe_dump(file | yaml.safe_load(example)), encoding="utf-8")
    given = dict.fromkeys(re.findall(r"\$\{(\w+)\}", example), "sk-of-the-environment")
    assert load(path, given).mode == "live"


@pytest.mark.parametrize(
    "service", [each for each in SERVICES if each.models], ids=lambda each: each.name
)
def test_setup_and_the_examples_say_the_same_of_a_service(service: Provider) -> None:
    blocks = re.findall(r"^```yaml\n(.+?)^```", text(ROOT / "docs/models.md"), re.M | re.S)
    parsed = [yaml.safe_load(block) for block in blocks]
    shown = [model for each in parsed for model in each.get("models") or [each["openai"]]]
    own = [openai for openai in shown if openai["base_url"] == service.base_url] or [
        openai for openai in shown if openai["model"] in service.models
    ]
    assert own and all(openai.items() >= service.quirks.items() for openai in own)


def test_of_the_file_to_begin_with_only_the_secrets_are_missing() -> None:
    with pytest.raises(SettingsError) as refused:
        load(ROOT / "live.example.yml", {})
    wrong = [line.split(": ")[1] for line in str(refused.value).splitlines()]
    assert wrong == ["wechat.token", "openai.api_keys[0]"]


def test_what_is_the_operators_own_is_not_put_into_git() -> None:
    own = ["my.yml", "live.yml", "live-2.yml", "huixin.db", "backups/monday.db", "deploy/my.yml"]
    own += [f"{file}-wal" for file in own if file.endswith(".db")]
    asked = ["git", "check-ignore", *own, "config.yml", "live.example.yml"]
    ignored = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert ignored.stdout.splitlines() == own
