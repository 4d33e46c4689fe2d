"""Answers of the operator's own in a file beside the settings: a list, as `replies:` has it."""

from collections.abc import Mapping

import yaml
from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from settings.file import Entry, Problem, found
from settings.kept import Unusable
from settings.kinds import Items
from settings.language import said
from settings.not_yaml import not_yaml
from settings.refusals import refusals
from settings.replies import Reply
from settings.schema import NAMES, OF_OWN
from settings.section import Section
from settings.slips import mended
from settings.written import Written


class RepliesFile(Section):
    """What the file holds."""

    replies: Items[Reply] = ()


def replies_in(text: str, environ: Mapping[str, str]) -> tuple[Reply, ...]:
    """The answers, in their order. Raises `Unusable` with every problem, and its line."""
    replies, problems = _read(text, environ)
    if not problems:
        return replies
    slips: list[Problem] = []
    meant = mended(text, NAMES, OF_OWN, slips)
    raise Unusable(slips + _read(meant, environ)[1] if slips else problems)


def _read(text: str, environ: Mapping[str, str]) -> tuple[tuple[Reply, ...], list[Problem]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        line, what = not_yaml(exc, text)
        return (), [Problem(line, "", said("not YAML: {what}", what=what))]
    except (RecursionError, ValueError, OverflowError):
        return (), [Problem(1, "", said("not YAML that can be read"))]
    if root is None:  # nothing but comments
        return (), []
    listed = _list_in(root)
    if listed is None:
        what = said("found {what}, expected a list of replies", what=found(root))
        return (), [Problem(1, "", what)]
    try:
        file = RepliesFile.model_validate({"replies": Written(listed, environ)})
    except ValidationError as error:
        refused = error.errors(include_url=False, include_input=False)
        given = {"replies": Entry("replies", 1, listed)}
        return (), [problem for each in refused for problem in refusals(each, given, ())]
    return file.replies, []


def _list_in(root: Node) -> Node | None:
    """The list itself, or under `replies:`, as it is copied from the settings."""
    if isinstance(root, MappingNode) and [name.value for name, _ in root.value] == ["replies"]:
        root = root.value[0][1]
    return root if isinstance(root, SequenceNode) else None
