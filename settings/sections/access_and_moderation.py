"""Who may ask, and what must not be asked or answered."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from settings.sections.kinds import (
    FilePath,
    Flag,
    Items,
    Named,
    OneOf,
    PassPhrase,
    Pattern,
    Seconds,
    Secret,
    SecretWord,
    ServiceAddress,
    Word,
)
from settings.sections.section import Section


class Moderation(Section):
    """What must not be asked or answered."""

    lists: Items[FilePath] = ()  # files of words, read again when they change
    patterns: Named[Pattern] = Field(default_factory=dict)  # regular expressions, by their names
    service_url: ServiceAddress = ""  # kept without /moderations; "": no service
    service_key: SecretWord = Secret("")
    service_model: Word = ""
    service_answers: Flag = False  # it judges answers, too, before any of one is shown
    service_seconds: Seconds = 3.0
    failing: OneOf[Literal["let_through", "refuse"]] = "let_through"  # what could not be judged


class Access(Section):
    """Who may ask: everyone, unless there are pass phrases, invite codes or a list."""

    words: Items[PassPhrase] = ()
    codes_file: FilePath = Path()
    list_file: FilePath = Path()
    block_file: FilePath = Path()
