"""The states stand beside their column; whoever adds one finds it spelled nowhere else."""

import ast
import re
from collections.abc import Container, Iterator
from contextlib import closing

import pytest

from fsm.transitions import MoveEvent
from store.messages import (
    FINAL,
    PAST_ITS_TIME,
    SETTLED_BADLY,
    SETTLED_WELL,
    UNFINISHED,
    Refused,
    ReplyKind,
    State,
)
from store.outcomes import Outcome
from store.postgresql.address import Address
from store.postgresql.opening import connect
from tests import migrated
from tests.conftest import MIGRATIONS, ROOT
from tests.parsed import parsed_if

ROOMS = ("settings", "service", "fsm", "store", "integrations", "console")
WORD = re.compile(rf"\b({'|'.join(State)})\b")

# Who may name single states in a collection: the states, their moves, their steps, their texts.
MAY_LIST = {
    "store/messages.py",
    "fsm/transitions.py",
    "fsm/steps.py",
    "console/pages/attention_words.py",
    "console/terminal.py",
}
COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def sources(*words: str, beside: Container[str] = ()) -> Iterator[tuple[str, ast.Module]]:
    """What each file of the product is that has one of these words, by its name."""
    for file in [ROOT / "server.py", *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]:
        name = file.relative_to(ROOT).as_posix()
        if name not in beside:
            yield from ((name, tree) for tree in parsed_if(file, *words))


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string of a program that is more than a docstring."""
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def listed(tree: ast.AST) -> Iterator[str]:
    """Every state that stands in a collection."""
    for node in ast.walk(tree):
        if isinstance(node, COLLECTIONS):
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "State":
                    yield part.attr


def test_no_other_file_spells_the_name_of_a_state() -> None:
    spelled = [
        (name, text)
        for name, tree in sources(*State, beside={"store/messages.py"})
        for text in strings(tree)
        if WORD.search(text)
    ]
    assert spelled == []


def test_no_condition_spells_the_name_of_an_event() -> None:
    in_sql = re.compile(rf"'({'|'.join(MoveEvent)})'")
    spelled = [
        (name, text)
        for name, tree in sources(*MoveEvent)
        for text in strings(tree)
        if in_sql.search(text)
    ]
    assert spelled == []


def test_no_other_file_lists_states() -> None:
    assert [
        (name, state) for name, tree in sources("State", beside=MAY_LIST) for state in listed(tree)
    ] == []


def test_moves_are_made_in_one_room() -> None:
    makers = {
        name
        for name, tree in sources("fsm.transitions")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "fsm.transitions"
        if "apply" in {what.name for what in node.names}
    }
    assert {name.rpartition("/")[0] for name in makers} == {"fsm/moves"}


@pytest.fixture(params=["sqlite", "postgresql"])
def rules(request: pytest.FixtureRequest) -> str:
    """What a migrated database lets stand in its columns."""
    if request.param == "sqlite":
        with closing(migrated.in_memory()) as db:
            return "\n".join(str(row["sql"]) for row in db.execute("SELECT sql FROM sqlite_master"))
    with closing(connect(Address.of(request.getfixturevalue("url")))) as made:
        says = made.execute(b"SELECT pg_get_constraintdef(oid) AS says FROM pg_constraint")
        return "\n".join(str(row["says"]) for row in says)


def words(rules: str, column: str) -> set[str]:
    """Those that may stand in a column."""
    checks = re.findall(rf"CHECK \(+\s*{column} (?:IN|= ANY) \(([^)]*)\)", rules)
    return max((set(re.findall(r"'(\w+)'", check)) for check in checks), key=len)


def test_the_schema_knows_the_same_states_as_the_program(rules: str) -> None:
    assert words(rules, "state") == set(State)


def test_the_schema_knows_how_a_try_may_end(rules: str) -> None:
    assert words(rules, "outcome") == set(Outcome) - {Outcome.TOLD}


def test_the_schema_knows_what_a_reply_is_and_what_may_be_refused(rules: str) -> None:
    assert words(rules, "reply_kind") == set(ReplyKind)
    assert words(rules, "refused") == set(Refused)


def test_every_state_that_is_not_final_has_a_time_within_which_it_should_be_left() -> None:
    assert PAST_ITS_TIME.keys() == set(State) - FINAL


@pytest.mark.parametrize("condition", [UNFINISHED, SETTLED_WELL, SETTLED_BADLY])
def test_a_condition_says_what_an_index_says(condition: str) -> None:
    """Word for word, or SQLite reads the whole table instead."""
    scripts = [script.read_text(encoding="utf-8") for script in MIGRATIONS.glob("*.sql")]
    assert any(f"WHERE {condition}" in script for script in scripts)
