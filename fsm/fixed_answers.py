"""Answers of the operator's own: which of the rules fits a message.

They are asked in their order, and the first that fits answers. It is done in the transaction that
stores a message, off the event loop; a pattern takes a bounded time (`settings.patterns`).
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from fsm.text.characters import one_form
from fsm.text.spelling import EMOJI
from integrations.wechat.replies import Article
from settings.language import said
from settings.patterns import Pattern, compiled, finds_all
from settings.sections.replies import ReplyRule
from settings.sections.rules import UNSEEN
from settings.taps import with_links
from store.messages import Message

EVENTS = ("click", "scan", "subscribe")  # what may be answered, as its keys in a rule are called
ANY = "*"  # any key, or none
# In front of the scene of a code by which somebody subscribed (protocol sheet 2.1).
SCANNED = "qrscene_"

LOOKED_FOR_SECONDS = 2.0  # for what can never fit
PLACE = re.compile(r"\{(?!text\})\s*\w{1,20}\s*\}")  # of a prompt, and nothing is filled into it

CHINESE_CHARACTERS = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BESIDE_CHINESE = re.compile(rf"(?<=[{CHINESE_CHARACTERS}]) | (?=[{CHINESE_CHARACTERS}])")
MARKS = " .,!?;:~…。、，！？；：～“”‘’\"'「」《》【】()（）[]\n"  # that may stand around a word
SIGNS = ("So", "Sk")
QUOTES = str.maketrans("‘’“”", "''\"\"")  # as phones write them

T = TypeVar("T")

IsCommand = Callable[[str], bool]


class Holder(Protocol):
    """What has the answers as they are now: see `settings.file.watched`."""

    @property
    def now(self) -> "FixedAnswers":
        """The answers, which may be others the next time."""


class FixedAnswers:
    """The rules, ready to be asked. `doubts` tells of what in them can hardly be meant so."""

    def __init__(
        self, rules: Sequence[ReplyRule] = (), is_command: IsCommand = lambda text: False
    ) -> None:
        self._rules = tuple(rules)
        self._words: dict[str, int] = {}
        self._pieces: list[tuple[str, int]] = []
        self._patterns: list[tuple[Pattern, int]] = []
        self._keys: dict[tuple[str, str], int] = {}
        self._alike: dict[str, int] = {}  # the first rule of each pattern
        self._anything = len(self._rules)  # the first that fits any text
        for number, rule in enumerate(self._rules):
            self._take(number, rule)
        self.doubts = tuple(self._doubts(is_command))

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def now(self) -> "FixedAnswers":
        """Itself: it never changes."""
        return self

    def hears(self, event: str) -> bool:
        """Whether there is a rule about such events."""
        return any(about == event for about, _ in self._keys)

    def fitting(self, message: Message) -> ReplyRule | None:
        """The first rule that fits what was said, tapped or scanned."""
        if message.kind in EVENTS:
            number = self._about(message.kind, message.event_key)
        else:
            number = self._said(message.question)
        return self._rules[number] if number < len(self) else None

    def _take(self, number: int, rule: ReplyRule) -> None:
        for word in rule.words:
            plain = normalized(word)
            self._words.setdefault(plain, number)
            self._words.setdefault(plain.strip(MARKS) or plain, number)
        self._pieces += [(normalized(piece), number) for piece in rule.contains]
        for one in rule.pattern:
            if made := compiled(one):
                self._patterns.append((made, number))
                self._alike.setdefault(one, number)
                self._anything = min(self._anything, number if finds_all(made) else len(self))
        for event in EVENTS:
            for key in getattr(rule, event):
                self._keys.setdefault((event, key), number)

    def _about(self, event: str, key: str) -> int:
        """The number of the first rule about an event, or how many there are."""
        keys = (event, key.removeprefix(SCANNED)), (event, ANY)
        return min(self._keys.get(each, len(self)) for each in keys)

    def _said(self, text: str) -> int:
        """The number of the first rule about a text, or how many there are."""
        if not (self._words or self._pieces or self._patterns):
            return len(self)
        plain = normalized(text)
        forms = plain, plain.strip(MARKS), _without_emoji(plain)
        first = min(self._words.get(form, len(self)) for form in forms)
        first = _first(first, self._pieces, lambda piece: piece in plain)
        return _first(
            first,
            self._patterns,
            lambda pattern: bool(pattern.search(text) or pattern.search(plain)),
        )

    def _doubts(self, is_command: IsCommand) -> Iterator[str]:
        """What is odd about the rules, looked for within bounds: thousands may meet each other."""
        give_up_at = time.monotonic() + LOOKED_FOR_SECONDS
        for number, rule in enumerate(self._rules):
            if time.monotonic() > give_up_at:
                return
            whys = [
                said("“{word}” is a command's word, which goes first", word=word)
                for word in filter(is_command, rule.words)
            ]
            whys += [
                said("“{word}” fits reply {first}, which goes first", word=what, first=first + 1)
                for what, first in self._first_to_fit(rule)
                if first < number and not is_command(what)
            ]
            whys += [
                said(
                    "{place} is sent as it is: what was said stands for {text}",
                    place=place,
                    text="{text}",
                )
                for place in PLACE.findall(rule.ask)
            ]
            yield from (said("reply {number}: {why}", number=number + 1, why=why) for why in whys)

    def _first_to_fit(self, rule: ReplyRule) -> Iterator[tuple[str, int]]:
        """Each thing that a rule looks for, and the first rule that fits wherever it stands."""
        yield from ((word, self._said(word)) for word in rule.words)
        for piece in rule.contains:
            plain = normalized(piece)
            first = _first(len(self), self._pieces, plain.__contains__)
            yield piece, min(first, self._anything)
        yield from ((one, min(self._alike[one], self._anything)) for one in rule.pattern)
        for event in EVENTS:
            for key in getattr(rule, event):
                yield f"{event}: {key}", self._about(event, key)


@dataclass(frozen=True)
class FixedReply:
    """A reply, as its message keeps it."""

    content: str = field(repr=False)
    shows: str = ""  # what it is, if not a text


def replies_of(rule: ReplyRule) -> list[FixedReply]:
    """What a rule can be answered with."""
    news = [Article(one.title, one.description, one.picture, one.url) for one in rule.news]
    return [
        *(FixedReply(with_links(text)) for text in rule.text),
        *(FixedReply(media_id, "image") for media_id in rule.image),
        *(FixedReply(article.lines, "news") for article in news),
    ]


def normalized(text: str) -> str:
    """A text in one form of its characters: width, case, blanks, traditional or simplified."""
    plain = UNSEEN.sub("", one_form(text))
    return BESIDE_CHINESE.sub("", " ".join(plain.translate(QUOTES).split()))


def _without_emoji(plain: str) -> str:
    """Without those around it, and the marks: WeChat's own, or signs."""
    bare = EMOJI.sub(" ", plain)
    return bare.strip(MARKS + "".join(sign for sign in bare if unicodedata.category(sign) in SIGNS))


def _first(number: int, those: list[tuple[T, int]], fits: Callable[[T], bool]) -> int:
    """The number of the first of those that fits, where it is before `number`, else that."""
    for one, own in those:
        if own >= number:
            break
        if fits(one):
            return own
    return number
