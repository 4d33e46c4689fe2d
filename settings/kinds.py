"""The kinds of settings: how each is read from the file, what it must be, and the words for that.

`expected` tells in words what a field takes, by its annotation.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from settings.written import Unread, Written

T = TypeVar("T")


class Secret(str):
    """Text that no `repr` shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, handler(str))


@dataclass(frozen=True)
class Rule:
    """What a value must be beside its type. `take` gives it as it is kept, None refuses it."""

    expected: str
    take: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._taken, handler(source))

    def _taken(self, value: Any) -> Any:
        taken = self.take(value)
        if taken is None:
            what = "not accepted, expected {expected}"
            raise PydanticCustomError("rule", what, {"expected": self.expected})
        return taken


def _read(how: Callable[[Written], Unread]) -> BeforeValidator:
    """What a file has is read; what the program gives is taken as it is."""
    return BeforeValidator(lambda value: how(value) if isinstance(value, Written) else value)


Flag = Annotated[bool, _read(Written.flag)]
Whole = Annotated[int, _read(Written.whole)]
Number = Annotated[float, _read(Written.number)]
Line = Annotated[str, _read(Written.text)]
Hidden = Annotated[Secret, _read(Written.text)]
OneOf = Annotated[T, _read(Written.choice)]
Items = Annotated[tuple[T, ...], _read(Written.items)]


def between(low: float, high: float) -> Any:
    """A number from `low` to `high`, both allowed."""
    return Field(ge=low, le=high, description=f"{low} to {high}")


def matching(pattern: str, expected: str) -> Rule:
    """Text that the regular expression `pattern` matches as a whole."""
    return Rule(expected, lambda text: text if re.fullmatch(pattern, text) else None)


def characters(most: int) -> Rule:
    """Text that says something, kept without blanks around it."""
    return Rule(
        f"not blank, at most {most} characters",
        lambda text: text.strip() if text.strip() and len(text) <= most else None,
    )


def _stripped_word(text: str) -> str | None:
    return text.strip() if 0 < len(text.strip()) <= 20 else None


def _slash_in_front_only(text: str) -> str | None:
    return "/" + text.strip("/") if re.fullmatch(r"[A-Za-z0-9._~/-]*", text) else None


def _key_itself(text: str) -> Secret | None:
    key = re.sub(r"(?i)^bearer(\s+|$)", "", text.strip())
    return Secret(key) if re.fullmatch(ASCII_WORD, key) else None


def _web_address(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        complete = parts.hostname and parts.port != 0
    except ValueError:
        return None
    plain = re.fullmatch(r"https?://[^\s?#]+", text) and "@" not in parts.netloc
    return text.rstrip("/") if complete and plain else None


def _speech_address(text: str) -> str | None:
    if not text:
        return text
    as_web = re.sub("^ws", "http", text)
    return text.rstrip("/") if _web_address(as_web) else None


def _network(text: str) -> str | None:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        return None


def _template(text: str) -> str | None:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    fits = all(name in (None, "link", "word") and not (spec or how) for _, name, spec, how in parts)
    return text if fits else None


ASCII_WORD = r"[!-~]*"
word = matching(ASCII_WORD, "ASCII characters without spaces")
template = Rule(
    "no placeholders but {link} and {word}, other braces doubled as {{ and }}", _template
)
web_address = Rule(
    "an http:// or https:// address without user name, password or query", _web_address
)

Count = Annotated[Whole, between(1, 1_000_000)]
Seconds = Annotated[Number, between(0.01, 86_400)]
Word = Annotated[Line, word]
SomeWord = Annotated[Line, matching(r"[!-~]+", "ASCII characters without spaces, at least one")]
SecretWord = Annotated[Hidden, word]
AesKey = Annotated[Hidden, matching(r"([A-Za-z0-9]{43})?", "43 letters and digits")]
ModelKey = Annotated[
    Hidden, Rule('ASCII characters without spaces, after "Bearer " or alone', _key_itself)
]
FilePath = Annotated[
    Path,
    _read(Written.path),
    Rule(
        "not blank, at most 1000 characters",
        lambda path: path if path != Path() and len(str(path)) <= 1000 else None,
    ),
]
UrlPath = Annotated[Line, Rule("a path like /wechat", _slash_in_front_only)]
Network = Annotated[Line, Rule("an IP address or a range like 10.0.0.0/8", _network)]
WebAddress = Annotated[Line, web_address]
SpeechAddress = Annotated[
    Line, Rule("a ws://, wss://, http:// or https:// address", _speech_address)
]
SpokenWord = Annotated[Line, Rule("1 to 20 characters", _stripped_word)]
SpokenWords = Annotated[Items[SpokenWord], Field(min_length=1, description="not empty")]
Lesson = Annotated[
    Line,
    characters(20_000),
    Rule("a text with {topic} in it", lambda text: text if "{topic}" in text else None),
]

IN_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text (in quotes)",
    Secret: "text (in quotes)",
    Path: "a path (in quotes)",
}


def expected(hint: Any) -> str:
    """What a field annotated with `hint` takes, in words."""
    return ", ".join([_kind_in_words(hint), *rules_in_words(hint)])


def rules_in_words(hint: Any) -> list[str]:
    """What it must be beside its type."""
    rules = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    told = [rule.description for rule in rules if isinstance(rule, FieldInfo)]
    return [word for word in told if word] + [r.expected for r in rules if isinstance(r, Rule)]


def _kind_in_words(hint: Any) -> str:
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(kind) is tuple:
        return f"a list of {expected(get_args(kind)[0])}"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    return IN_WORDS[kind]
