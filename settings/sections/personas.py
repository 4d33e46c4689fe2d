"""Characters that followers may talk to, each by a name of the operator's."""

from typing import Annotated

from settings.sections.kinds import (
    Flag,
    ModelLabel,
    Number,
    OrNull,
    PersonaPrompt,
    ReplyOrNone,
    Whole,
    Word,
)
from settings.sections.rules import between
from settings.sections.section import Section


class Persona(Section):
    """Who answers, in place of the account's own prompt, voices and model."""

    prompt: PersonaPrompt
    greeting: ReplyOrNone = ""  # when it is chosen; "": texts.persona_chosen
    zh_voice: Word = ""  # "": azure.zh_model, and so on
    en_voice: Word = ""
    model: ModelLabel = ""  # the one that is asked first; "": the first of all
    temperature: OrNull[Annotated[Number, between(0, 2)]] = None  # the model's own
    daily: Annotated[Whole, between(0, 1_000_000)] = 0  # questions a day of a follower; 0: no limit
    default: Flag = False  # answers who has chosen nobody; without any, the first does
