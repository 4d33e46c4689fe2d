"""What a request says beside the conversation, and how it changes where a service refuses that.

Services that speak the same protocol differ here: the name of the token limit, whether there may
be a temperature or a system's turn. Most say in their refusal which it is.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Turns = list[dict[str, str]]

OLD_LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
UNWANTED = (
    r"(?:not supported|unsupported|does not support|not support|not allowed|not enabled|invalid"
    r"|不支持|非法|不允许)"
)
# As pydantic says it, and with the parameter behind it; and as OpenAI's own service once did.
EXTRA = r"(?:extra_forbidden\W+(?:loc\W+)?body\W+|(?:unrecognized|unknown|unexpected)[^.]{0,50}\b)"

# What is refused -> how services say so, in lower case. The first that is found counts.
REFUSALS = {
    NEW_LIMIT: re.compile(
        rf"max_completion_tokens\W+instead|use \W*max_completion_tokens|{EXTRA}max_tokens\b"
    ),
    OLD_LIMIT: re.compile(
        r"use \W*max_tokens\b|(?:unsupported|unknown|unrecognized|unexpected|extra)[^.]{0,40}"
        rf"max_completion_tokens|max_completion_tokens[^.]{{0,30}}(?:{UNWANTED}|extra)"
        rf"|{EXTRA}max_completion_tokens"
    ),
    "limit": re.compile(
        r"max_(?:completion_|output_|new_)?tokens[^.]{0,90}?(?:too large|at most|range|less than"
        r"|must be|should be|<=|between|exceed|maximum|取值|范围|超过)|range of max_tokens"
    ),
    "temperature": re.compile(
        rf"temperature[^.]{{0,80}}(?:{UNWANTED}|only|must be|should be|deprecated|cannot|range)"
        rf"|(?:{UNWANTED}|unknown|unrecognized)[^.]{{0,40}}temperature|{EXTRA}temperature"
    ),
    "system": re.compile(
        rf"(?:system|developer)[ _-]?(?:role|message|prompt|instruction)?[^.]{{0,60}}{UNWANTED}"
        rf"|role[^.]{{0,60}}{UNWANTED}[^.]{{0,30}}system|{UNWANTED}[^.]{{0,30}}\bsystem\b"
        r"|roles must alternate|odd index[^.]{0,30}must be user"
    ),
    "whole": re.compile(
        r"only supports? (?:the )?stream|stream[^.]{0,20}(?:is required|must be (?:set to )?true)"
        rf"|enable (?:the )?stream|please use stream|non.?stream(?:ing)?[^.]{{0,30}}{UNWANTED}"
        r"|set stream\W{0,3}true|not support http call"
    ),
    "stream": re.compile(
        rf"\bstream(?:ing)?\b[^.]{{0,60}}{UNWANTED}|{UNWANTED}[^.]{{0,30}}\bstream(?:ing)?\b"
        r"|verified to stream"
    ),
    "thoughts": re.compile(r"enable_thinking[^.]{0,40}(?:must|should) be[^.]{0,12}false"),
}
# Behind the name of a parameter that nobody here knows.
NOT_WANTED = rf"[^.]{{0,80}}?(?:{UNWANTED}|unexpected|not permitted|restricted|must be|should be)"
CALLED = {"reasoning_effort": ("think", "reasoning")}  # by Ollama
MOST = re.compile(
    r"(?:at most|<=|less than(?: or equal to)?|maximum(?: value)?(?: is| of)?|up to"
    r"|[\[(]\s*\d+\s*[,-]|between \d+ and)\D{0,3}(\d{1,7})"
)
# How many tokens the model can read and write together, and how many were to be read.
ALL_IN_ALL = re.compile(
    r"context[ _](?:length|window|size|limit)[^.\d]{0,40}(\d{2,7})\b(?! \+)"
    r"|max_(?:new_)?tokens\W+must be <= (\d{2,7})|\d+ \+ \d+ > (\d{2,7})"
)
TO_READ = re.compile(
    r"(\d{1,7}) (?:tokens )?(?:of |in |from )?(?:the )?(?:text )?\W?(?:input|prompt|message)"
    r"|(?:input|prompt)[ _]tokens[^.\d]{0,12}(\d{1,7})|(\d{1,7}) \+ \d+ > \d"
)


@dataclass(frozen=True)
class RefusedParameter:
    """What is refused, as `REFUSALS` has it or by its name; of a limit also the `most`."""

    what: str
    most: int | None = None


def refused_in(sentence: str, own: Collection[str] = ()) -> RefusedParameter | None:
    """What the sentence of a refusal, in lower case, is about; `own`: the operator's keys."""
    for what, words in REFUSALS.items():
        if words.search(sentence):
            most = MOST.search(sentence) if what == "limit" else None
            return RefusedParameter(what, int(most[1]) if most else None)
    for name in own:
        called = rf"\b(?:{'|'.join(map(re.escape, (name.lower(), *CALLED.get(name, ()))))})\b"
        if re.search(
            rf"(?:{EXTRA}\W*|{UNWANTED}[^.]{{0,40}}?){called}|{called}{NOT_WANTED}", sentence
        ):
            return RefusedParameter(name)
    return None


def room_in(sentence: str) -> RefusedParameter | None:
    """The limit of tokens for answers, where it is that which does not fit and not the turns.

    It is for all that is asked from then on, so the conversation has its part of what there is.
    """
    whole, asked = (_number(words, sentence) for words in (ALL_IN_ALL, TO_READ))
    if not (whole and asked):
        refused = refused_in(sentence)
        return refused if refused and refused.what == "limit" and refused.most else None
    numbers = {int(number) for number in re.findall(r"\d{1,7}", sentence)} - {whole, asked}
    answer = min((number for number in numbers if number > whole - asked), default=0)
    if asked <= whole // 2 < answer:
        return RefusedParameter("limit", whole // 2)
    return (
        RefusedParameter("limit", whole // 4)
        if asked <= whole * 3 // 4 and answer > whole // 2
        else None
    )


def _number(words: re.Pattern[str], sentence: str) -> int:
    found = words.search(sentence)
    return int(next(filter(None, found.groups()))) if found else 0


@dataclass(frozen=True)
class Parameters:
    """What each request says. `extra` is the operator's own, and stands over everything else."""

    model: str
    stream: bool
    temperature: float | None = None
    token_limit_name: str = OLD_LIMIT
    most_tokens: int | None = None
    system_turn: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)

    def body(
        self, turns: Turns, max_tokens: int, temperature: float | None = None
    ) -> dict[str, Any]:
        """The request. `temperature` stands in the place of its own, where it has one."""
        limit = max_tokens if self.most_tokens is None else min(max_tokens, self.most_tokens)
        body: dict[str, Any] = {
            "messages": turns if self.system_turn else _told_by_the_first(turns),
            self.token_limit_name: limit,
            "model": self.model,
            "temperature": self.temperature if temperature is None else temperature,
            "stream": self.stream,
        }
        if self.temperature is None:
            del body["temperature"]
        return body | dict(self.extra)

    def without(self, refused: RefusedParameter) -> tuple["Parameters", str]:
        """How to ask instead, and what the operator can write so that it is not refused again.

        Returns itself and "" where nothing can be changed.
        """
        what, most = refused.what, refused.most
        if what in (OLD_LIMIT, NEW_LIMIT) and what != self.token_limit_name:
            return replace(self, token_limit_name=what), f"openai.token_limit_name: {what}"
        if what == "limit" and most and (self.most_tokens is None or most < self.most_tokens):
            return replace(self, most_tokens=most), f"openai.max_tokens: {most}"
        if what == "temperature" and self.temperature is not None:
            return replace(self, temperature=None), "openai.temperature: null"
        if what == "system" and self.system_turn:
            return replace(self, system_turn=False), 'openai.system_prompt: ""'
        if what in ("stream", "whole") and self.stream is (what == "stream"):
            stream = what == "whole"
            return replace(self, stream=stream), f"openai.stream_response: {str(stream).lower()}"
        if what == "thoughts" and self.extra.get("enable_thinking") is not False:
            extra = {**self.extra, "enable_thinking": False}
            return replace(self, extra=extra), "openai.extra_body: {enable_thinking: false}"
        if what in self.extra:
            extra = {name: value for name, value in self.extra.items() if name != what}
            left = ", ".join(f"{name}: …" for name in extra)
            return replace(self, extra=extra), f"openai.extra_body: {{{left}}}"
        return self, ""


def _told_by_the_first(turns: Turns) -> Turns:
    """The turns with what the system says put in front of the first question."""
    if not turns or turns[0]["role"] != "system":
        return turns
    system, *said = turns
    if not said:
        return [{"role": "user", "content": system["content"]}]
    first = {**said[0], "content": f"{system['content']}\n\n{said[0]['content']}"}
    return [first, *said[1:]]
