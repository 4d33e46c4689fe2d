"""What a setting must be beside its type, and the form in which it is kept."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from settings.language import Sentence, said
from settings.patterns import compiled
from settings.sections.urls import (
    DATABASES,
    model_address_of,
    page_address_of,
    service_address_of,
    speech_address_of,
    web_address_of,
)
from settings.taps import REPLY_BYTES, TAP, with_links

CURLY = tuple("“”‘’＂＇「」『』")
# What nobody sees, and no word is made of.
UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
OURS = {"messages", "stream"}  # keys of a request that nobody else may set


@dataclass(frozen=True)
class Rule:
    """What a value must be beside its type. `take` gives it as it is kept, None refuses it."""

    expected: Sentence
    take: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._taken, handler(source))

    def _taken(self, value: Any) -> Any:
        taken = self.take(value)
        if taken is None:
            what = said("not accepted, expected {expected}", expected=self.expected)
            raise PydanticCustomError("rule", "{what}", {"what": what})
        return taken


def between(low: float, high: float) -> Rule:
    """A number from `low` to `high`, both allowed."""
    return Rule(
        Sentence("{low} to {high}", low=low, high=high),
        lambda number: number if low <= number <= high else None,
    )


def matching(pattern: str, expected: Sentence) -> Rule:
    """Text that the regular expression `pattern` matches as a whole."""
    return Rule(expected, lambda text: text if re.fullmatch(pattern, text) else None)


def characters(most: int) -> Rule:
    """Text that says something, kept without blanks around it."""
    return Rule(
        Sentence("not blank, at most {most} characters", most=most),
        lambda text: text.strip() if UNSEEN.sub("", text).strip() and len(text) <= most else None,
    )


def at_most(most: int) -> Rule:
    """Text that may be empty, kept without blanks around it."""
    return Rule(
        Sentence("at most {most} characters", most=most),
        lambda text: text.strip() if len(text) <= most else None,
    )


def _file(path: Path) -> Path | None:
    odd = str(path).startswith(CURLY) or re.match(r"\w{2,}:/", str(path))  # an address
    return None if odd else path.expanduser()


def _one_reply(text: str) -> str | None:
    return text.strip() if len(with_links(text.strip()).encode()) <= REPLY_BYTES else None


def _stripped_word(text: str) -> str | None:
    one = not re.search(r"[”’]\s*[，,、]\s*[“‘]", text)
    return text.strip() if one and 0 < len(text.strip()) <= 20 else None


def _slash_in_front_only(text: str) -> str | None:
    return "/" + text.strip("/") if re.fullmatch(r"[A-Za-z0-9._~/-]*", text) else None


def _key_itself(text: str) -> str | None:
    if re.search("[,;，；、]", text):
        what = said("a comma or semicolon in a key, expected each key in quotes of its own")
        raise PydanticCustomError("rule", "{what}", {"what": what})
    if re.search("[\"'`]|^[A-Z_]+=|://", text):
        what = said("quotes, a name or an address in a key, expected the key alone")
        raise PydanticCustomError("rule", "{what}", {"what": what})
    key = re.sub(r"(?i)^bearer(\s+|$)", "", text.strip())
    return type(text)(key) if re.fullmatch(ASCII_WORD, key) else None


def _network(text: str) -> str | None:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        return None


def _time_zone(text: str) -> str | None:
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        return None
    return text


def template(*names: str) -> Rule:
    """Text for `str.format`, with no other placeholders than these."""

    typed = re.compile(rf"[{{｛] *({'|'.join(names)}) *[}}｝]")  # perhaps full-width

    def take(text: str) -> str | None:
        text = typed.sub(r"{\1}", text)
        try:
            parts = list(Formatter().parse(text))
        except ValueError:
            return None
        fits = all(at in (None, *names) and not (spec or how) for _, at, spec, how in parts)
        return text if fits else None

    *first, last = (f"{{{name}}}" for name in names)
    expected = Sentence(
        "no placeholders but {place}, other braces doubled as {{{{ and }}}}", place=last
    )
    if first:
        expected = Sentence(
            "no placeholders but {place} and {other}, other braces doubled as {{{{ and }}}}",
            place=", ".join(first),
            other=last,
        )
    return Rule(expected, take)


def _one_default(named: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if sum(one.default for one in named.values()) > 1 else named


def _not_ours(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if body.keys() & OURS else body


def _names_differ(items: tuple[Any, ...]) -> tuple[Any, ...] | None:
    names = [item.name for item in items if item.name]
    return items if len(names) == len(set(names)) else None


WEB_ADDRESS = Sentence("an http:// or https:// address without user name, password or query")
ASCII_WORD = r"[!-~]*"
word = matching(ASCII_WORD, Sentence("ASCII characters without spaces"))
some_word = matching(r"[!-~]+", Sentence("ASCII characters without spaces, at least one"))
label = matching(r"[^\s;]{0,60}", Sentence("at most 60 characters without blanks"))
some_name = matching(f"[^{''.join(CURLY)}].*", Sentence("straight quotes around it"))
name = matching(
    r"[A-Za-z][A-Za-z0-9_]{0,40}", Sentence("a name of letters, digits and underscores")
)
account_name = matching(r"[A-Za-z0-9_-]{1,30}", Sentence("1 to 30 letters, digits, - and _"))
aes_key = matching(r"([A-Za-z0-9]{43})?", Sentence("43 letters and digits"))
database_url = matching(
    rf"(({'|'.join(DATABASES)})://\S+)?",
    Sentence("an address like postgresql://USER:PASSWORD@HOST:5432/DATABASE, or nothing"),
)
model_key = Rule(Sentence('ASCII characters without spaces, after "Bearer " or alone'), _key_itself)
file_path = Rule(Sentence('the name of a file, in straight quotes, or ""'), _file)
path_of_url = Rule(Sentence("a path like /wechat"), _slash_in_front_only)
network = Rule(Sentence("an IP address or a range like 10.0.0.0/8"), _network)
time_zone = Rule(Sentence("a time zone like Asia/Shanghai"), _time_zone)
web_address = Rule(WEB_ADDRESS, web_address_of)
model_address = Rule(WEB_ADDRESS, model_address_of)
service_address = Rule(WEB_ADDRESS, service_address_of)
speech_address = Rule(Sentence("a ws://, wss://, http:// or https:// address"), speech_address_of)
# What the console lets an owner of a domain download, to be found there (protocol sheet 1.6).
text_file_name = matching(
    r"[A-Za-z0-9_-]{1,100}\.txt", Sentence("a name like MP_verify_abc123.txt")
)
header_name = matching(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", Sentence("the name of a header"))
header_value = matching(r"[!-~]([ -~]*[!-~])?", Sentence("ASCII characters"))
not_ours = Rule(Sentence("other keys than messages and stream"), _not_ours)
persona_name = matching(
    r"[^\s{}](?:[^\n{}]{0,18}[^\s{}])?", Sentence("a name of 1 to 20 characters, without braces")
)
one_default = Rule(Sentence("default: true under one of them at most"), _one_default)
no_braces = matching(r"[^{}]*", Sentence("no braces"))
links_only = matching(
    rf"(?:[^{{}}]|{TAP.pattern})*", Sentence("no braces but those of {link}", link="{tap:…}")
)
one_reply = Rule(
    Sentence("at most {most} bytes (a Chinese character has 3, in a link 12)", most=REPLY_BYTES),
    _one_reply,
)
pattern = Rule(
    Sentence(
        "a regular expression as RE2 has them: not too large, without look-ahead, and none that"
        " finds an empty text, as a| and a* do"
    ),
    lambda text: text if text and compiled(text) else None,
)
media_id = matching(
    r"[A-Za-z0-9_-]{1,200}", Sentence("a media id, which WeChat gives for an upload")
)
page_address = Rule(Sentence("an http:// or https:// address"), page_address_of)
lesson = Rule(
    Sentence("a text with {place} in it", place="{topic}"),
    lambda text: text if "{topic}" in text else None,
)
pass_phrase = Rule(
    Sentence("2 to 60 characters that can be typed"),
    lambda text: type(text)(text.strip()) if 2 <= sum(map(str.isalnum, text)) <= 60 else None,
)
spoken_word = Rule(
    Sentence("1 to 20 characters, in a list with straight quotes and commas"), _stripped_word
)
names_differ = Rule(Sentence("another name for each"), _names_differ)
not_empty = Rule(Sentence("not empty"), lambda items: items or None)
