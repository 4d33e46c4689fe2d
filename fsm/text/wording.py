"""What the server itself says to followers, made ready to be sent."""

import math
from dataclasses import dataclass

from integrations.wechat.protocol import REPLY_BYTES, tap_link
from settings.schema import Settings, Texts


@dataclass(frozen=True)
class Wording:
    """Texts with the way to the rest filled in: a link to tap, and the word to type."""

    texts: Texts
    rest: str  # the line under a slice that is not the last
    more_to_come: str  # the line under a text that is still being written
    still_thinking: str
    voice_later: str  # the line under a text whose voice is still being made
    earlier_waits: str  # the line that tells of an earlier answer not read
    later_waits: str  # the same of a later one
    label: str  # the last line of whatever a model has written; "" for none
    reply_characters: int
    link: str = ""  # that sends the word for the rest
    pronounced_later: str = ""  # below the first answer of a lesson whose answers are spoken

    @classmethod
    def of(cls, settings: Settings) -> "Wording":
        """Fill in the texts of the configuration."""
        texts = settings.texts
        word = texts.continue_words[0]

        def say(text: str) -> str:
            return text.format(link=tap_link(word), word=word)

        return cls(
            texts=texts,
            rest=say(texts.rest),
            more_to_come=say(texts.more),
            still_thinking=say(texts.still_thinking),
            voice_later=say(texts.voice_later),
            earlier_waits=say(texts.earlier_waits),
            later_waits=say(texts.later_waits),
            label=texts.ai_label,
            link=tap_link(word),
            pronounced_later=say(texts.pronounced_later),
            reply_characters=settings.openai.rsize,
        )

    def below(self, line: str, *, by_model: bool) -> str:
        """What stands below a slice of a text: `line`, then that a model wrote it, if one did."""
        return "\n".join(filter(None, (line, self.label if by_model else "")))

    def promises(self, reply: str) -> bool:
        """Whether a reply tells its reader of the way to more."""
        ways = (
            *(self.rest, self.more_to_come, self.still_thinking, self.voice_later),
            *(self.earlier_waits, self.later_waits, self.pronounced_later, self.link),
        )
        return any(way in reply for way in ways if way)

    def suggesting(self, reply: str, footer: str, suggestions: str) -> str:
        """A reply that ends in `footer`, with links above that which ask what is suggested.

        A line each, as many as find room in its bytes.
        """
        room = REPLY_BYTES - len(f"{reply}\n{self.texts.suggested}".encode())
        links = list[str]()
        for link in map(tap_link, suggestions.splitlines()):
            room -= len(link.encode()) + 1
            if room >= 0:
                links.append(link)
        if not links:
            return reply
        said = reply.removesuffix(f"\n{footer}") if footer else reply
        below = footer if said != reply else ""
        return "\n".join(filter(None, [said, self.texts.suggested, *links, below]))

    def too_fast(self, wait: float) -> str:
        """What is said to who has to wait so many seconds."""
        return self.texts.too_fast.format(seconds=math.ceil(wait))
