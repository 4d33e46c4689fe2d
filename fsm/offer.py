"""What an account offers its followers, built once from its settings and handed to who needs it."""

from dataclasses import dataclass

from fsm.lessons import Lessons
from fsm.personas import Personas
from fsm.quotas import Quotas
from settings.schema import Settings


@dataclass(frozen=True)
class Offer:
    """Its characters, its lessons, and how many questions a day."""

    settings: Settings
    personas: Personas
    lessons: Lessons
    quotas: Quotas

    @classmethod
    def of(cls, settings: Settings) -> "Offer":
        """That of the settings."""
        personas, lessons = Personas.of(settings), Lessons(settings)
        return cls(settings, personas, lessons, Quotas(settings, lessons, personas))
