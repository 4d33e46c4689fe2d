"""An account as it is served: what its parts have in common."""

from dataclasses import dataclass, field

from fsm.commands.table import Commands
from fsm.moderation.judge import Judge
from fsm.offer import Offer
from fsm.voice.hearing import Hearing
from fsm.voice.pronouncing import Pronouncing
from fsm.voice.speaking import Speaking
from fsm.window import Window
from settings.schema import Settings


@dataclass(frozen=True)
class Served:
    """What it offers, what is said to it that is no question, and what must not be said."""

    offer: Offer
    commands: Commands
    judge: Judge = field(default_factory=Judge)
    window: Window = field(default_factory=Window)

    @property
    def settings(self) -> Settings:
        return self.offer.settings


@dataclass(frozen=True)
class Audio:
    """What it does with voices; None is what it does without."""

    hearing: Hearing = field(default_factory=Hearing)
    speaking: Speaking | None = None
    pronouncing: Pronouncing | None = None
