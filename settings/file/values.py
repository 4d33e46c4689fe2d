"""A value as the settings file has it, read by the kind of setting that stands there.

The kind rules how text is read: `port: ${PORT}` is a number because a port is one. Nothing here
repeats a value of the file or the environment: it may be a secret.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import yaml
from pydantic_core import PydanticCustomError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from settings.file.entries import TAG
from settings.file.not_yaml import FULL_WIDTH_BRACKETS, NEEDS_QUOTES, QUOTE_CLOSED
from settings.language import Sentence, said

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
DEEPEST = 20  # how far values may stand inside each other
NO_JSON = Sentence(
    "found what JSON does not have, expected text in quotes, numbers, true, false or null"
)
WHOLE = re.compile(r"[-+]?(0|[1-9](?:_?[0-9]){0,17})")

Unread = Union["YamlValue", Any]


@dataclass(frozen=True, repr=False)
class YamlValue:
    """One value of the file, and what `${NAME}` in it stands for.

    Each method gives what it can be read as, or itself where it is of another kind: no type of a
    field takes that. They raise `PydanticCustomError` for what is wrong with `${NAME}`.
    """

    node: Node
    environ: Mapping[str, str]

    def nothing(self) -> Unread:
        """None where there is nothing."""
        return None if self.node.tag == f"{TAG}null" else self

    def flag(self) -> Unread:
        """A bool, as YAML spells it."""
        return self._or_itself(yaml.SafeLoader.bool_values.get(self._bare().lower()))

    def whole(self) -> Unread:
        """An int."""
        text = self._bare()
        return int(text) if WHOLE.fullmatch(text) else self

    def number(self) -> Unread:
        """A float, neither infinite nor NaN."""
        try:
            number = float(self._bare())
        except ValueError:
            return self
        return number if math.isfinite(number) else self

    def word(self) -> Unread:
        """A str as it is written: `off` is no bool where it is one of the choices."""
        if not isinstance(self.node, ScalarNode):
            return self
        self._refuse_odd_quotes()
        return self._text()

    def choice(self) -> Unread:
        """A word as all choices are written: in small letters."""
        word = self.word()
        return word.strip().lower() if isinstance(word, str) else word

    def text(self) -> Unread:
        """A str. Refuses what neither a header, a path nor a reply can carry."""
        if not isinstance(self.node, ScalarNode) or self.node.tag != f"{TAG}str":
            return self
        if not _is_all_of_it(self.node):
            raise PydanticCustomError("text", "{found}", {"found": str(NEEDS_QUOTES)})
        self._refuse_odd_quotes()
        text = self._text()
        if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
            found = said("found control characters or broken UTF-8, expected text")
            raise PydanticCustomError("text", "{found}", {"found": found})
        return text

    def path(self) -> Unread:
        """A path of a file."""
        text = self.text()
        return Path(text.strip()) if isinstance(text, str) else self

    def items(self) -> Unread:
        """A tuple of values that are still to be read."""
        if not isinstance(self.node, SequenceNode):
            return self
        return tuple(YamlValue(node, self.environ) for node in self.node.value)

    def one_or_more(self) -> Unread:
        """A tuple of values that are still to be read, of one where no list stands there."""
        items = self.items()
        return items if isinstance(items, tuple) else (self,)

    def mapping(self) -> Unread:
        """Values that are still to be read, by their names."""
        if not isinstance(self.node, MappingNode):
            return self
        names = [getattr(name, "value", None) for name, _ in self.node.value]
        if len({name for name in names if isinstance(name, str)}) < len(names):
            what = said("found something twice or without a name, expected each name once")
            raise PydanticCustomError("text", "{found}", {"found": what})
        values = [YamlValue(node, self.environ) for _, node in self.node.value]
        return dict(zip(names, values, strict=True))

    def json(self, depth: int = 0) -> Unread:
        """What JSON has, read as YAML spells it; what comes from the environment is text."""
        if depth > DEEPEST:
            raise PydanticCustomError("text", "{found}", {"found": str(NO_JSON)})
        if isinstance(named := self.mapping(), dict):
            return {name: value.json(depth + 1) for name, value in named.items()}
        if isinstance(listed := self.items(), tuple):
            return [value.json(depth + 1) for value in listed]
        for read in (self.nothing, self.text, self.flag, self.whole, self.number):
            if (value := read()) is not self:
                return value
        raise PydanticCustomError("text", "{found}", {"found": str(NO_JSON)})

    def _or_itself(self, read: object) -> Unread:
        return self if read is None else read

    def _bare(self) -> str:
        """The text of what is not in quotes or is a variable as a whole; "" otherwise."""
        node = self.node
        if not isinstance(node, ScalarNode):
            return ""
        bare = node.style is None or VARIABLE.fullmatch(node.value)
        return self._text().strip() if bare else ""

    def _refuse_odd_quotes(self) -> None:
        """Quotes that are no pair, and a list in brackets of another width."""
        node = self.node
        if not isinstance(node, ScalarNode) or node.style:
            return
        found = None
        if node.value.endswith('"') and node.value.count('"') % 2:
            found = QUOTE_CLOSED
        elif re.fullmatch('[【［].*["”].*[】］]', node.value):
            found = FULL_WIDTH_BRACKETS
        if found:
            raise PydanticCustomError("text", "{found}", {"found": str(found)})

    def _text(self) -> str:
        """The text with every `${NAME}` in it replaced from the environment."""
        text: str = self.node.value
        unset = sorted({name for name in VARIABLE.findall(text) if name not in self.environ})
        if unset:
            raise PydanticCustomError("unset", "a variable is not set", {"names": unset})
        if "${" in VARIABLE.sub("", text):
            what = said("found ${{ without a name and }}, expected ${{NAME}}")
            raise PydanticCustomError("text", "{found}", {"found": what})
        # A file of variables with the line ends of Windows gives each value half of one.
        return VARIABLE.sub(lambda match: self.environ[match[1]].rstrip("\r\n"), text)


def _is_all_of_it(node: ScalarNode) -> bool:
    """False where YAML takes the first word of a text for a tag of no name, or for a name of it."""
    mark = node.start_mark
    if not mark.buffer:
        return True
    named = re.compile(r"&(\S+)").match(mark.buffer, mark.pointer)
    if named and not node.style:
        return f"*{named[1]}" in mark.buffer  # which is used
    return not mark.buffer.startswith("! ", mark.pointer)
