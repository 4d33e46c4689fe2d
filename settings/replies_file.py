"""Answers of the operator's own in a file beside the settings: a list, as `replies:` has it."""

from collections.abc import Mapping

from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from settings.file.entries import Entry, found, node_of
from settings.file.slips import mended
from settings.file.text import Problem
from settings.file.values import YamlValue
from settings.file.watched import Unusable
from settings.language import said
from settings.schema import NAMES, OF_OWN
from settings.sections.kinds import Items
from settings.sections.replies import ReplyRule
from settings.sections.section import Section
from settings.validation_errors import refusals


class RepliesFile(Section):
    """What the file holds."""

    replies: Items[ReplyRule] = ()


def replies_in(text: str, environ: Mapping[str, str]) -> tuple[ReplyRule, ...]:
    """The answers, in their order. Raises `Unusable` with every problem, and its line."""
    replies, problems = _read(text, environ)
    if not problems:
        return replies
    slips: list[Problem] = []
    meant = mended(text, NAMES, OF_OWN, slips)
    raise Unusable(slips + _read(meant, environ)[1] if slips else problems)


def _read(text: str, environ: Mapping[str, str]) -> tuple[tuple[ReplyRule, ...], list[Problem]]:
    problems: list[Problem] = []
    root = node_of(text, problems)
    if root is None:  # or nothing but comments
        return (), problems
    listed = _list_in(root)
    if listed is None:
        what = said("found {what}, expected a list of replies", what=found(root))
        return (), [Problem(1, "", what)]
    try:
        file = RepliesFile.model_validate({"replies": YamlValue(listed, environ)})
    except ValidationError as error:
        refused = error.errors(include_url=False, include_input=False)
        by_path = {"replies": Entry("replies", 1, listed)}
        return (), [problem for each in refused for problem in refusals(each, by_path, ())]
    return file.replies, []


def _list_in(root: Node) -> Node | None:
    """The list itself, or under `replies:`, as it is copied from the settings."""
    if isinstance(root, MappingNode) and [name.value for name, _ in root.value] == ["replies"]:
        root = root.value[0][1]
    return root if isinstance(root, SequenceNode) else None
