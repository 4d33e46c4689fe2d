"""Answers of the operator's own: when one is given, and what it is."""

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from settings.language import said
from settings.sections.kinds import (
    EventKey,
    Line,
    MediaId,
    OneOrMore,
    PageAddress,
    Pattern,
    Prompt,
    ReplyOrNone,
    Title,
    WordsSaid,
)
from settings.sections.section import Section

WHEN = ("words", "contains", "pattern", "click", "scan", "subscribe")
ANSWERS = ("text", "image", "news")


class News(Section):
    """A picture with words that leads to a page."""

    title: Title
    description: Line = ""
    picture: PageAddress = ""
    url: PageAddress


class ReplyRule(Section):
    """One rule. Whatever of `WHEN` fits, one of all that is in `ANSWERS` is the answer, by chance.

    `ask` asks the model instead, with this in the place of what the follower said.
    """

    words: OneOrMore[WordsSaid] = ()
    contains: OneOrMore[WordsSaid] = ()
    pattern: OneOrMore[Pattern] = ()
    click: OneOrMore[EventKey] = ()
    scan: OneOrMore[EventKey] = ()
    subscribe: OneOrMore[EventKey] = ()
    text: OneOrMore[ReplyOrNone] = ()
    image: OneOrMore[MediaId] = ()
    news: OneOrMore[News] = ()
    ask: Prompt = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "ReplyRule":
        answers = [name for name in ANSWERS if getattr(self, name)]
        if not any(getattr(self, name) for name in WHEN):
            what = said("it never fits, expected one of {names}", names=", ".join(WHEN))
        elif not (answers or self.ask):
            names = ", ".join([*ANSWERS, "ask"])
            what = said("it says nothing, expected one of {names}", names=names)
        elif answers and self.ask:
            what = said("expected either ask or {given}, not both", given=answers[0])
        else:
            return self
        raise PydanticCustomError("rule", "{what}", {"what": what})
