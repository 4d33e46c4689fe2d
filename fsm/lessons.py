"""English lessons: what is chosen for one, and what the model is told of it."""

import re
from dataclasses import dataclass
from functools import cached_property

from fsm.text.characters import one_form
from fsm.text.menu import Choice, menu
from fsm.text.spelling import SEPARATORS, Spelling, WithNames
from settings.schema import Settings

APART = rf"[\s{re.escape(SEPARATORS)}]+"


@dataclass(frozen=True)
class LessonAsked:
    """What stands behind the word that begins a lesson; "" is nothing."""

    topic: str
    level: str


@dataclass(frozen=True)
class Lessons:
    """As the settings have them."""

    settings: Settings

    @cached_property
    def ending(self) -> Spelling:
        """The words that end a lesson with a summary."""
        return Spelling.of(self.settings.texts.lesson_end_words)

    @cached_property
    def beginning(self) -> Spelling:
        """The word that begins a lesson, with what there is to choose."""
        lessons = self.settings.lessons
        names = (*lessons.topics, *lessons.levels, *self._joined)
        return WithNames.known((self.settings.texts.lesson_word,), names)

    def begins(self, text: str) -> bool:
        """Whether these words begin a lesson on a topic."""
        rest = self.beginning.rest(text)
        return bool(rest and self.asked_for(rest).topic)

    def asked_for(self, rest: str) -> LessonAsked:
        """The topic as it was written, and the level where its name stands before or behind it."""
        rest = rest.strip()
        if joined := self._joined.get(one_form(rest)):
            return joined
        for level in self.settings.lessons.levels:
            name = re.escape(one_form(level))
            said = one_form(rest)
            if re.fullmatch(name, said):
                return LessonAsked("", level)
            # Folding keeps the length of what it finds here at either end.
            if found := re.search(rf"{APART}{name}$", said):
                return LessonAsked(rest[: found.start() - len(said)].strip(), level)
            if found := re.match(rf"{name}{APART}", said):
                return LessonAsked(rest[found.end() :].strip(), level)
        return LessonAsked(rest, "")

    @cached_property
    def _joined(self) -> dict[str, LessonAsked]:
        """A topic of the list and a level without a blank between them, as they are spoken."""
        lessons = self.settings.lessons
        both = [LessonAsked(topic, level) for topic in lessons.topics for level in lessons.levels]
        return {one_form(asked.topic + asked.level): asked for asked in both}

    def prompt(self, topic: str, level: str | None) -> str:
        """What the model is told first. A level that the settings do not know is none."""
        told = self.settings.lessons.levels.get(level or "", "")
        prompt = self.settings.openai.lesson_prompt
        if told and "{level}" not in prompt:
            prompt = f"{prompt}\n{{level}}"
        return prompt.replace("{level}", told).replace("{topic}", topic).strip()

    def menu(self, level: str | None) -> str:
        """The topics and levels to tap; the chosen level is marked."""
        texts, lessons = self.settings.texts, self.settings.lessons
        levels = [
            Choice(name, f"{texts.lesson_word} {name}", chosen=name == level)
            for name in lessons.levels
        ]
        topics = [Choice(topic, f"{texts.lesson_word} {topic}") for topic in lessons.topics]
        return menu(texts.lesson_topic, [(texts.lesson_level, levels), ("", topics)])
