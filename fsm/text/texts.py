"""What the server itself says to followers, made ready to be sent."""

from dataclasses import dataclass

from fsm.text.slices import tap_link
from settings.schema import Settings, Texts

# What WeChat posts as a text in place of a sticker and other things (protocol sheet 2).
NOT_SHOWN = "【收到不支持的消息类型，暂无法显示】"

COLONS = "：:"

SAID = ("text", "voice")  # the kinds that may be questions

# The kind of a message -> the text of the configuration that answers it; others are `unsupported`.
FIXED = {
    "image": "image",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "subscribe": "welcome",
}


@dataclass(frozen=True)
class Wording:
    """Texts with the way to the rest filled in: a link to tap, and the word to type."""

    texts: Texts
    continue_words: frozenset[str]
    reset_words: frozenset[str]
    rest: str  # the line under a slice that is not the last
    more_to_come: str  # the line under a text that is still being written
    still_thinking: str
    voice_later: str  # the line under a text whose voice is still being made
    earlier_waits: str  # the line that tells of an earlier reply not read
    reply_characters: int

    @classmethod
    def of(cls, settings: Settings) -> "Wording":
        """Fill in the texts of the configuration."""
        texts = settings.texts
        word = texts.continue_words[0]

        def say(text: str) -> str:
            return text.format(link=tap_link(word), word=word)

        return cls(
            texts=texts,
            continue_words=frozenset(map(_command, texts.continue_words)),
            reset_words=frozenset(map(_command, texts.reset_words)),
            rest=say(texts.rest),
            more_to_come=say(texts.more),
            still_thinking=say(texts.still_thinking),
            voice_later=say(texts.voice_later),
            earlier_waits=say(texts.earlier_waits),
            reply_characters=settings.openai.rsize,
        )

    def asks_for_more(self, text: str) -> bool:
        """Whether a follower's words ask for what there is to collect."""
        return _command(text) in self.continue_words

    def asks_to_start_anew(self, text: str) -> bool:
        """Whether a follower's words ask to forget what was said."""
        return _command(text) in self.reset_words

    def lesson(self, text: str) -> str | None:
        """The topic of the English lesson that somebody asks for; "" where it is missing."""
        if not text.startswith(self.texts.lesson_word):
            return None
        topic = text.removeprefix(self.texts.lesson_word)
        apart = not topic or topic[0].isspace() or topic[0] in COLONS
        return topic.strip().lstrip(COLONS).strip() if apart else None

    def is_question(self, kind: str, text: str) -> bool:
        """Whether the model is to be asked: neither a command nor answered by a fixed text."""
        command = self.asks_for_more(text) or self.asks_to_start_anew(text)
        return not (command or self.fixed_reply(kind, text))

    def fixed_reply(self, kind: str, text: str) -> str:
        """What is said to what needs no thinking; "" for a question."""
        texts = self.texts
        if kind not in SAID:
            return str(getattr(texts, FIXED.get(kind, "unsupported")))
        if text == NOT_SHOWN:
            return texts.sticker
        if self.lesson(text) == "":
            return texts.lesson_topic
        if kind == "voice" and not text:
            return texts.not_heard
        return "" if text else texts.empty_message


def _command(text: str) -> str:
    """Words as commands are compared: recognized speech ends in a full stop."""
    return (text.rstrip("。．.！!？?，,") or text).casefold()
