"""A message on its way is changed by its own methods, so that it is seen at a glance by whom."""

import ast
from collections.abc import Iterator

from tests.conftest import ROOT
from tests.parsed import parsed


def changed(tree: ast.AST, *, own: bool) -> Iterator[str]:
    """The fields that are changed: of `self`, or of something else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if (ast.unparse(node.value) == "self") is own:
                yield node.attr


def test_nobody_else_changes_what_is_known_of_a_message_on_its_way() -> None:
    trees = {file: parsed(file) for file in (ROOT / "fsm").rglob("*.py")}
    fields = set(changed(trees[ROOT / "fsm/progress.py"], own=True))
    assert "text" in fields
    for file, tree in trees.items():
        assert not fields & set(changed(tree, own=False)), file
