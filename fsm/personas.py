"""The characters of an account: who answers whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from fsm.text.menu import Choice, menu
from fsm.text.spelling import Spelling
from integrations.wechat.protocol import REPLY_BYTES, tap_link
from settings.schema import Persona, Settings, Texts
from settings.taps import with_links


@dataclass(frozen=True)
class Personas:
    """By the names that the settings give them; without any the account answers as itself."""

    named: Mapping[str, Persona]
    default: str | None
    texts: Texts

    @classmethod
    def of(cls, settings: Settings) -> "Personas":
        """Those of the settings; who has chosen nobody gets the default, or the first."""
        named = settings.personas
        marked = [name for name, persona in named.items() if persona.default]
        return cls(named, next(iter([*marked, *named]), None), settings.texts)

    def answering(self, chosen: str | None) -> str | None:
        """The name of who answers a follower who has `chosen`; None: there are no characters.

        One that the settings do not have any more is as if it had not been chosen.
        """
        return chosen if chosen in self.named else self.default

    def persona(self, chosen: str | None) -> Persona | None:
        """The character who answers a follower who has `chosen`; None: there are none."""
        name = self.answering(chosen)
        return self.named[name] if name else None

    def meant(self, said: str) -> str | None:
        """The name that a follower says, as people type it; None: it is none of them."""
        if said in self.named:
            return said
        return next((name for name in self.named if Spelling.of((name,)).fits(said)), None)

    def tapped(self, said: str) -> str | None:
        """The name whose own link sends just this: it may have no letters, as 😀."""
        return next((name for name in self.named if said == self._sent(name)), None)

    def greeting(self, name: str) -> str:
        """What a character says when it is chosen."""
        own = with_links(self.named[name].greeting)
        return own or self.texts.persona_chosen.format(name=name, link=self._link)

    def used_up(self, name: str) -> str:
        """What is said to who has asked a character as often as one may on a day."""
        if len(self.named) == 1 or not self._link:  # there is nobody else to be chosen
            return self.texts.daily_follower
        return self.texts.daily_persona.format(name=name, link=self._link)

    def told(self, name: str) -> str:
        """What a follower who asks what is stored of them is told of who answers."""
        return self.texts.mine_persona.format(name=name, link=self._link)

    def menu(self, chosen: str | None) -> str:
        """All of them to tap; who answers now is marked."""
        now = self.answering(chosen)
        choices = [Choice(name, self._sent(name), chosen=name == now) for name in self.named]
        return menu(self.texts.persona_list, [("", choices)])

    def below(self, text: str) -> str:
        """The account's menu and below it the way to them, where there is a choice and room.

        One that offers it already is as it is.
        """
        words = self.texts.persona_words
        if len(self.named) < 2 or not (text and words) or any(tap_link(w) in text for w in words):
            return text
        line = self.texts.menu_persona.format(link=self._link, word=words[-1])
        longer = f"{text}\n{line}".strip()
        return longer if len(longer.encode()) <= REPLY_BYTES else text

    def _sent(self, name: str) -> str:
        return f"{self.texts.persona_words[0]} {name}"

    @property
    def _link(self) -> str:
        words = self.texts.persona_words
        return tap_link(words[-1]) if words else ""
