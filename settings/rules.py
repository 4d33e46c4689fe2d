"""What a setting must be beside its type, and the form in which it is kept."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from string import Formatter
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Rule:
    """What a value must be beside its type. `take` gives it as it is kept, None refuses it."""

    expected: str
    take: Callable[[Any], Any]


def between(low: float, high: float) -> Rule:
    """A number from `low` to `high`, both allowed."""
    return Rule(f"{low} to {high}", lambda value: value if low <= value <= high else None)


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


def _key_itself(text: str) -> str | None:
    key = re.sub(r"(?i)^bearer(\s+|$)", "", text.strip())
    return key if re.fullmatch(ASCII_WORD, key) else None


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
some_word = matching(r"[!-~]+", "ASCII characters without spaces, at least one")
path_of_url = Rule("a path like /wechat", _slash_in_front_only)
model_key = Rule('ASCII characters without spaces, after "Bearer " or alone', _key_itself)
web_address = Rule(
    "an http:// or https:// address without user name, password or query", _web_address
)
speech_address = Rule("a ws://, wss://, http:// or https:// address", _speech_address)
template = Rule(
    "no placeholders but {link} and {word}, other braces doubled as {{ and }}", _template
)
lesson = Rule("a text with {topic} in it", lambda text: text if "{topic}" in text else None)
network = Rule("an IP address or a range like 10.0.0.0/8", _network)
aes_key = matching(r"([A-Za-z0-9]{43})?", "43 letters and digits")
spoken_word = Rule("1 to 20 characters", _stripped_word)
at_least_one = Rule("not empty", lambda items: items or None)
