"""The kinds of settings: how each is read from the file, and what it must be.

`expected` tells in words what a field takes, by its annotation.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from settings.file.values import Unread, YamlValue
from settings.language import Sentence, said
from settings.sections import rules
from settings.sections.rules import Rule, between, characters
from settings.sections.section import hints_of, is_section
from settings.taps import straightened

T = TypeVar("T")


class Secret(str):
    """Text that no `repr` shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, handler(str))


def _read(how: Callable[[YamlValue], Unread]) -> BeforeValidator:
    """What a file has is read; what the program gives is taken as it is."""
    return BeforeValidator(lambda value: how(value) if isinstance(value, YamlValue) else value)


Flag = Annotated[bool, _read(YamlValue.flag)]
Whole = Annotated[int, _read(YamlValue.whole)]
Number = Annotated[float, _read(YamlValue.number)]
Line = Annotated[str, _read(YamlValue.text)]
Hidden = Annotated[Secret, _read(YamlValue.text)]
OneOf = Annotated[T, _read(YamlValue.choice)]
Items = Annotated[tuple[T, ...], _read(YamlValue.items)]
OneOrMore = Annotated[tuple[T, ...], _read(YamlValue.one_or_more)]
Named = Annotated[Mapping[str, T], _read(YamlValue.mapping)]  # by names of the operator's
Personas = Annotated[
    Mapping[Annotated[str, rules.persona_name], T], _read(YamlValue.mapping), rules.one_default
]
OrNull = Annotated[T | None, _read(YamlValue.nothing)]

Count = Annotated[Whole, between(1, 1_000_000)]
Seconds = Annotated[Number, between(0.01, 86_400)]

Word = Annotated[Line, rules.word]
SomeWord = Annotated[Line, rules.some_word]
Name = Annotated[Line, rules.name]
SecretWord = Annotated[Hidden, rules.word]
DatabaseUrl = Annotated[Hidden, rules.database_url]
PassPhrase = Annotated[Hidden, rules.pass_phrase]
AesKey = Annotated[Hidden, rules.aes_key]
ModelName = Annotated[Line, characters(200), rules.some_name]
AccountName = Annotated[Line, rules.account_name]
ModelLabel = Annotated[Line, rules.label]
ModelKey = Annotated[Hidden, rules.model_key]

FilePath = Annotated[Path, _read(YamlValue.path), rules.file_path]
UrlPath = Annotated[Line, rules.path_of_url]
Network = Annotated[Line, rules.network]
TimeZone = Annotated[Line, rules.time_zone]
ModelAddress = Annotated[Line, rules.model_address]  # as services show it, /chat/completions too
WebAddress = Annotated[Line, rules.web_address]
ServiceAddress = Annotated[Line, rules.service_address]  # with /moderations too
SpeechAddress = Annotated[Line, rules.speech_address]

TextFiles = Annotated[
    Mapping[Annotated[str, rules.text_file_name], Annotated[str, _read(YamlValue.word)]],
    _read(YamlValue.mapping),
]

# What goes with each request to the model. Values can be keys, so that none of them is shown.
SecretText = Annotated[Secret, _read(YamlValue.word)]  # `api-version: 2024-10-21` is no date there
Query = Annotated[Mapping[str, SecretText], _read(YamlValue.mapping)]
Headers = Annotated[
    Mapping[Annotated[str, rules.header_name], Annotated[SecretText, rules.header_value]],
    _read(YamlValue.mapping),
]
JsonObject = Annotated[Mapping[str, Any], _read(YamlValue.json), rules.not_ours, Field(repr=False)]

Prompt = Annotated[Line, rules.at_most(20_000)]
Lesson = Annotated[Line, characters(20_000), rules.lesson]
PersonaPrompt = Annotated[Line, characters(20_000)]
LessonSummary = Annotated[Line, characters(2000)]
Topic = Annotated[Line, characters(20)]
LevelPrompts = Named[Annotated[Line, characters(2000)]]
SpokenWord = Annotated[Line, rules.spoken_word]
SpokenWords = Annotated[Items[SpokenWord], rules.not_empty]
CommandWords = Items[SpokenWord]  # none: there is no such command

# What followers read. In single quotes and in the environment \n is no line break by itself.
ShownText = Annotated[Line, AfterValidator(lambda text: straightened(text.replace("\\n", "\n")))]
# "" says nothing.
Note = Annotated[ShownText, rules.at_most(200), rules.no_braces]  # below an answer
Label = Annotated[ShownText, rules.at_most(40), rules.no_braces]  # below each of a model's replies
NoteWithLink = Annotated[ShownText, rules.at_most(200), rules.template("link", "word")]
NoteAboutToday = Annotated[ShownText, rules.at_most(200), rules.template("today", "limit")]
NoteWithPercent = Annotated[ShownText, rules.at_most(200), rules.template("percent")]
NoteWithTime = Annotated[ShownText, rules.at_most(200), rules.template("time")]
ReplyOrNone = Annotated[ShownText, rules.one_reply, rules.links_only]
ReplyAboutData = Annotated[
    ShownText, rules.one_reply, rules.template("messages", "since", "until", "days")
]
ReplyToConfirm = Annotated[ShownText, rules.one_reply, rules.template("link", "word", "minutes")]
Pronounced = Annotated[ShownText, rules.at_most(200), rules.template("score", "words")]
PronouncedWell = Annotated[ShownText, rules.at_most(200), rules.template("score")]
NameAndLink = Annotated[ShownText, rules.one_reply, rules.template("name", "link")]
ReplyWithWait = Annotated[ShownText, rules.one_reply, rules.template("seconds")]

# Of fixed answers. A number is written as it is said: `words: [1, 2]`.
WordsSaid = Annotated[str, _read(YamlValue.word), characters(200)]
EventKey = Annotated[str, _read(YamlValue.word), characters(128)]
Pattern = Annotated[Line, rules.pattern]
MediaId = Annotated[Line, rules.media_id]
Title = Annotated[Line, characters(200)]
PageAddress = Annotated[Line, rules.page_address]

IN_WORDS: dict[Any, Sentence] = {
    bool: Sentence("true or false"),
    int: Sentence("a whole number"),
    float: Sentence("a number"),
    str: Sentence("text (in quotes)"),
    Secret: Sentence("text (in quotes)"),
    Path: Sentence("a path (in quotes)"),
}


def expected(hint: Any) -> str:
    """What a field annotated with `hint` takes, in words."""
    return said(", ").join([_kind_in_words(hint), *_rules_in_words(hint)])


def _rules_in_words(hint: Any) -> list[str]:
    """What it must be beside its type."""
    kind, *marks = get_args(hint) if get_origin(hint) is Annotated else [hint]
    told = [str(mark.expected) for mark in marks if isinstance(mark, Rule)]
    inner = _rules_in_words(get_args(kind)[0]) if NoneType in get_args(kind) else []
    return told + inner


def _kind_in_words(hint: Any) -> str:
    kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if is_section(kind):
        return said("the keys {names}", names=", ".join(hints_of(kind)))
    inner = get_args(kind)
    if NoneType in inner:
        return said("{kind} or null", kind=_kind_in_words(inner[0]))
    if get_origin(kind) is tuple:
        return said("a list of {kind}", kind=expected(inner[0]))
    if get_origin(kind) is Mapping:
        if is_section(inner[1]):
            return said("names, and under each {kind}", kind=expected(inner[1]))
        return said("keys and their values, indented under it")
    if get_origin(kind) is Literal:
        return said("one of {choices}", choices=", ".join(inner))
    return str(IN_WORDS[kind])
